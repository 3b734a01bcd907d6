using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>
/// A model between what a training began with and what came of it. Taking back a part of what has changed keeps abilities that the training has unlearned, often at no cost to what it has taught
/// (Wortsman et al., "Robust fine-tuning of zero-shot models", arXiv 2109.01903).
/// </summary>
public static class WeightInterpolation
{
    /// <summary>Writes a model folder with the weights <c>start + share * (trained - start)</c>; head, soft prompts and all settings are those of <paramref name="trained"/>, adapters stay behind.</summary>
    /// <param name="start">The folder of the model that the training began with.</param>
    /// <param name="trained">The folder of the finished model.</param>
    /// <param name="share">Of the change that is kept, 0 to 1.</param>
    /// <param name="output">Must not be there yet; is written whole or not at all. Numbers have the type of <paramref name="trained"/>'s.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is not from 0 to 1.</exception>
    /// <exception cref="ConfigException">The two are not the same network with the same tokenizer, or one encodes by an adapter.</exception>
    /// <exception cref="CheckpointException">Weights are missing or damaged.</exception>
    /// <exception cref="IOException"><paramref name="output"/> is there, or can't be written.</exception>
    public static void Write(string start, string trained, double share, string output, CancellationToken cancellationToken = default)
    {
        if (!(share >= 0 && share <= 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "Must be from 0 to 1.");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        if (Path.Exists(target))
            throw new IOException($"'{output}' is there already; name a folder that is not.");
        RefuseOthers(start, trained);
        using var network = ModelCheckpoint.Load(trained);
        using (var began = ModelCheckpoint.Load(start))
            Mix(network, began, share, cancellationToken);

        var part = $"{target}.part";
        if (Directory.Exists(part))
            Directory.Delete(part, recursive: true);
        Directory.CreateDirectory(part);
        var weights = WeightFiles.List(trained).Append(WeightFiles.IndexName).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(trained).Where(file => !weights.Contains(Path.GetFileName(file))))
            File.Copy(file, Path.Combine(part, Path.GetFileName(file)));
        ModelCheckpoint.Save(network, part, StoredType(trained));
        cancellationToken.ThrowIfCancellationRequested();
        Directory.Move(part, target);
    }

    private static void RefuseOthers(string start, string trained)
    {
        foreach (var folder in (string[])[start, trained])
        {
            if (PreparationSettings.Load(folder).EncodingAdapter is not null)
                throw new ConfigException(Path.Combine(folder, PreparationSettings.FileName), "encoding_adapter", "is what was trained, beside weights that are as they were: scale the adapter's lora_alpha instead");
        }

        if (!ModelConfig.Load(start).IsSameNetworkAs(ModelConfig.Load(trained)))
            throw new ConfigException(Path.Combine(start, ModelConfig.FileName), "every value", $"must be as in '{Path.Combine(trained, ModelConfig.FileName)}'; give the model that the training began with");
        var tokenizer = Path.Combine(start, UnifiedModelLoader.TokenizerFileName);
        if (!File.ReadAllBytes(tokenizer).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(trained, UnifiedModelLoader.TokenizerFileName))))
            throw new ConfigException(tokenizer, "every token", "must be as in the trained model's; give the model that the training began with");
    }

    private static void Mix(VisionLanguageModel network, VisionLanguageModel began, double share, CancellationToken cancellationToken)
    {
        using var noGradients = no_grad();
        foreach (var ((_, tensor), (_, before)) in NetworkTensors.Weights(network).Zip(NetworkTensors.Weights(began)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var change = tensor - before;
            change.mul_(share);
            tensor.copy_(before);
            tensor.add_(change);
        }
    }

    private static ScalarType StoredType(string folder)
    {
        using var weights = WeightSet.Open(folder);
        var stored = weights.Names.Where(static name => name != NetworkTensors.InverseFrequencies).Select(name => weights.FileOf(name).Entry(name).Type).Distinct().ToArray();
        return stored is [TensorType.BF16] ? ScalarType.BFloat16 : stored is [TensorType.F16] ? ScalarType.Float16 : ScalarType.Float32;
    }
}
