using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Adapters;

public sealed partial class LoraAdapter
{
    public const string FileName = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";
    private const string Suffix = ".weight";

    /// <summary>Reads an adapter that PEFT or <see cref="Save"/> wrote. It is not attached.</summary>
    /// <exception cref="ConfigException">adapter_config.json is missing, impossible, not supported, or names no layer that the model has.</exception>
    /// <exception cref="CheckpointException">adapter_model.safetensors is damaged, or a tensor is missing, unknown or of another shape.</exception>
    public static LoraAdapter Load(VisionLanguageModel model, string folder)
    {
        var config = LoraConfig.Load(folder);
        using var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        // As PEFT: who trains for several architectures lists names that this one has not. What is stored must have its layer all the same.
        var adapter = new LoraAdapter(model, config, Path.Combine(folder, LoraConfig.FileName), allNames: false);
        try
        {
            adapter.Fill(file);
            return adapter;
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Writes <c>adapter_model.safetensors</c> and <c>adapter_config.json</c> in PEFT's format, each atomically, the config last.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        var tensors = named_parameters()
            .Select(static p => TensorFiles.ToFile(Prefix + p.name + Suffix, p.parameter.detach()))
            .OrderBy(static t => t.Name, StringComparer.Ordinal);
        SafetensorsWriter.Write(Path.Combine(folder, FileName), [.. tensors], new Dictionary<string, string> { ["format"] = "pt" });
        // By their names: PEFT refuses a pattern that also matches what is no linear layer, such as a whole block.
        (Config.Targets.Pattern is null ? Config : Config with { Targets = LoraTargets.Named([.. Layers]) }).Save(folder);
    }

    private void Fill(SafetensorsFile file)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var unused = file.Entries.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, parameter) in named_parameters())
        {
            var stored = Prefix + name + Suffix;
            var entry = file.Entry(stored);
            if (!parameter.shape.AsSpan().SequenceEqual(entry.Shape))
            {
                throw new CheckpointException(
                    file.Path, stored,
                    $"is {entry}, but r = {Config.Rank} and the model's layer make it [{string.Join(", ", parameter.shape)}]; is it an adapter of another model?");
            }

            TensorFiles.CopyTo(file, stored, parameter);
            unused.Remove(stored);
        }

        if (unused.Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new CheckpointException(file.Path, unknown, $"belongs to no layer that target_modules of {LoraConfig.FileName} names");
    }
}
