using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>Reads and writes <c>model.safetensors</c> in nanoVLM's format: PyTorch's parameter names, tied weights once. Reads it in shards too.</summary>
public static class ModelCheckpoint
{
    public const string FileName = WeightFiles.SingleName;

    /// <summary>Loads the weights of a model folder.</summary>
    /// <exception cref="ConfigException">config.json is missing or impossible.</exception>
    /// <exception cref="CheckpointException">A file is damaged, or a tensor is missing, unknown, no number, or of another shape than the config says; or there is no memory for it.</exception>
    public static VisionLanguageModel Load(string folder, Device? device = null)
    {
        var config = ModelConfig.Load(folder);
        using var weights = WeightSet.Open(folder);
        try
        {
            return Load(config, weights, device);
        }
        catch (TorchException e)
        {
            throw new CheckpointException(folder, null, $"can't be loaded: {e.Message}", e);
        }
    }

    /// <summary>Writes config.json and model.safetensors, each atomically, the config first.</summary>
    /// <param name="type">Of the stored weights; as they are in memory unless given. bfloat16 halves the file. Rotary frequencies are always float32.</param>
    public static void Save(VisionLanguageModel model, string folder, ScalarType? type = null)
    {
        Directory.CreateDirectory(folder);
        model.Config.Save(folder);
        using var scope = NewDisposeScope();
        var tied = model.Config.LmTieWeights;
        var tensors = NetworkTensors.Weights(model)
            .Select(t => TensorFiles.ToFile(tied && t.Name == NetworkTensors.TokenEmbedding ? NetworkTensors.Head : t.Name, t.Tensor, type))
            .Append(TensorFiles.ToFile(NetworkTensors.InverseFrequencies, tensor(NetworkTensors.Rotary(model).InverseFrequencies)))
            .OrderBy(static t => t.Name, StringComparer.Ordinal);

        // As safetensors' own save_model notes a shared tensor: the name left out, then the name it is found under.
        var metadata = tied ? new Dictionary<string, string> { [NetworkTensors.TokenEmbedding] = NetworkTensors.Head } : null;
        SafetensorsWriter.Write(Path.Combine(folder, FileName), [.. tensors], metadata);
    }

    private static VisionLanguageModel Load(ModelConfig config, WeightSet weights, Device? device)
    {
        var model = new VisionLanguageModel(config);
        try
        {
            Fill(model, weights);
            model.eval();
            if (device is not null)
                model.to(device);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void Fill(VisionLanguageModel model, WeightSet weights)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var unused = weights.Names.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, target) in NetworkTensors.Weights(model))
        {
            var stored = name == NetworkTensors.TokenEmbedding && model.Config.LmTieWeights && !weights.Contains(name) ? NetworkTensors.Head : name;
            TensorFiles.CopyTo(weights.FileOf(stored), stored, target);
            unused.Remove(stored);
        }

        if (unused.Remove(NetworkTensors.InverseFrequencies))
        {
            var rotary = NetworkTensors.Rotary(model);
            TensorFiles.CopyTo(weights.FileOf(NetworkTensors.InverseFrequencies), NetworkTensors.InverseFrequencies, rotary.Stored);
            rotary.AdoptStored();
        }

        if (model.Config.LmTieWeights)
            unused.Remove(NetworkTensors.Head);
        if (unused.Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new CheckpointException(weights.FileOf(unknown).Path, unknown, $"{weights.FileOf(unknown).Entry(unknown)} has no place in a model of this config.json");
    }
}
