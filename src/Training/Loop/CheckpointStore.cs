using UnifiedVlm.Model;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// Checkpoints of a run, <c>OUT/checkpoint</c>. Each is a folder of its own, forced to disk before the file <c>current</c> names it; the one
/// before goes only then. So after a kill at any moment the old checkpoint or the new one is there as a whole.
/// </summary>
internal sealed class CheckpointStore(string output)
{
    private const string PointerName = "current";
    private const string StateName = "state.json";
    private const string TrainerName = "trainer.safetensors";
    private const string TemperatureName = "log_scale";
    private const string OptimizerPrefix = "optimizer.";

    private readonly string root = Path.Combine(output, "checkpoint");

    /// <summary>The folder of the newest checkpoint, which is a model folder too; null before the first.</summary>
    public string? Current
    {
        get
        {
            var pointer = Path.Combine(root, PointerName);
            return File.Exists(pointer) ? Path.Combine(root, File.ReadAllText(pointer).Trim()) : null;
        }
    }

    public void Write(Learner learner, RunState state)
    {
        var name = $"step-{state.Step:D8}";
        var folder = Path.Combine(root, name);

        // The very checkpoint a run was resumed from: its weights are these, but a validation may have been made up for since.
        if (folder == Current)
        {
            WriteState(folder, state);
            return;
        }

        // Left over from a run that was killed while it wrote.
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, UnifiedModelLoader.TokenizerFileName), stream => stream.Write(learner.TokenizerFile));
        learner.Model.Settings.Save(folder);
        ModelCheckpoint.Save(learner.Model.Network, folder);
        learner.Model.Head.Save(folder);
        learner.Adapter?.Save(Path.Combine(folder, UnifiedModelLoader.TrainedAdapterFolderName));
        using (NewDisposeScope())
        {
            var tensors = learner.Optimizer.State()
                .Select(static entry => TensorFiles.ToFile(OptimizerPrefix + entry.Key, entry.Value))
                .Append(TensorFiles.ToFile(TemperatureName, learner.LogScale))
                .OrderBy(static t => t.Name, StringComparer.Ordinal);
            SafetensorsWriter.Write(Path.Combine(folder, TrainerName), [.. tensors]);
        }

        WriteState(folder, state);
        AtomicFile.Write(Path.Combine(root, PointerName), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(name + "\n")));
        foreach (var older in Directory.GetDirectories(root).Where(other => other != folder))
            Directory.Delete(older, recursive: true);
    }

    /// <exception cref="ConfigException">state.json is damaged.</exception>
    public static RunState ReadState(string folder)
    {
        var path = Path.Combine(folder, StateName);
        return ConfigFile.Parse<RunState>(path, ConfigFile.Read(path), RecipeFile.Options);
    }

    /// <summary>Puts the moments and the temperature of a checkpoint into a learner that was loaded from it.</summary>
    /// <exception cref="CheckpointException">A tensor is missing or of another shape.</exception>
    public static void Restore(string folder, Learner learner)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, TrainerName));
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        TensorFiles.CopyTo(file, TemperatureName, learner.LogScale);
        var stored = file.Entries.Keys.Where(static name => name.StartsWith(OptimizerPrefix, StringComparison.Ordinal))
            .ToDictionary(static name => name[OptimizerPrefix.Length..], name => TensorFiles.Read(file, name));
        try
        {
            learner.Optimizer.Load(stored);
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException(file.Path, null, $"does not fit the model: {e.Message}", e);
        }
    }

    private static void WriteState(string folder, RunState state) => ConfigFile.Write(Path.Combine(folder, StateName), state, RecipeFile.Options);
}
