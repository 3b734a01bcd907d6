using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Model;

/// <summary>
/// Loads a model folder: config.json and tokenizer.json; model.safetensors or its shards, without which the weights come from a seed; embedding.safetensors,
/// preparation.json, ranking.json and refusal.json where they are there; the LoRA adapters below adapters/.
/// </summary>
public static class UnifiedModelLoader
{
    public const string TokenizerFileName = "tokenizer.json";

    /// <summary>In a checkpoint of a training run with LoRA: what is learned, beside a base that has not changed.</summary>
    public const string TrainedAdapterFolderName = "adapter";

    /// <param name="device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="seed">Of the weights when the folder has none.</param>
    /// <param name="type">Of the network's weights; unless given bfloat16 on a GPU and float32 on a CPU. The head, small and last, is always float32.</param>
    /// <param name="fitHead">Given the folder's head, which is empty where the folder has none, returns the one to use: it or another; unless given, it.</param>
    /// <param name="isResumed">The folder is a training run's checkpoint, and the caller attaches its adapter.</param>
    /// <exception cref="ConfigException">A setting is missing or impossible, or the folder is a checkpoint of a training with LoRA.</exception>
    /// <exception cref="TokenizerFormatException">tokenizer.json can't be used.</exception>
    /// <exception cref="CheckpointException">The weights are damaged, do not fit the config, or into no memory.</exception>
    public static UnifiedModel Load(
        string folder, string device = "cpu", ulong seed = 0, EncoderOptions? encoding = null, ImageLimits? images = null,
        Func<VisionLanguageModel, EmbeddingHead, EmbeddingHead>? fitHead = null, GenerationOptions? generation = null, ScalarType? type = null, bool isResumed = false)
    {
        try
        {
            return LoadParts(folder, device, seed, encoding, images, fitHead, generation, type, isResumed);
        }
        catch (TorchException e)
        {
            // Nothing is computed yet: it is memory that there is not enough of, for a config or an adapter of that size.
            throw new CheckpointException(folder, null, $"can't be loaded: {e.Message}", e);
        }
    }

    private static UnifiedModel LoadParts(
        string folder, string device, ulong seed, EncoderOptions? encoding, ImageLimits? images, Func<VisionLanguageModel, EmbeddingHead, EmbeddingHead>? fitHead,
        GenerationOptions? generation, ScalarType? type, bool isResumed)
    {
        // Its head was trained for states that the base alone does not have.
        if (!isResumed && File.Exists(Path.Combine(folder, TrainedAdapterFolderName, LoraConfig.FileName)))
            throw new ConfigException(folder, TrainedAdapterFolderName, "is what a training with LoRA has learned so far, and the weights beside it are without it; finish the run with --resume and take the folder 'model', or 'best', of its --out");
        var config = ModelConfig.Load(folder);
        var settings = PreparationSettings.Load(folder);
        var tokenizer = ModelParts.LoadTokenizer(folder, config);
        var format = ChatFormat.For(folder, config, tokenizer);
        var target = Device.Parse(device);
        var network = ModelParts.HasWeights(folder) ? ModelCheckpoint.Load(folder, target) : SeededWeights.Create(config, seed, target);
        EmbeddingHead? head = null;
        AdapterLibrary? adapters = null;
        try
        {
            if ((type ?? TypeFor(target)) is var weights && weights != ScalarType.Float32)
                network.to(weights);
            adapters = AdapterLibrary.Load(network, folder);
            head = EmbeddingHead.Load(folder, config);
            if (fitHead is not null)
                head = Fitted(fitHead, network, head);
            head.to(target);
            head.eval();
            var parts = ModelParts.Of(folder, config, settings, tokenizer, format, head, adapters.Names, seed, images ?? ImageLimits.Default);
            return Assemble(folder, parts, network, adapters, head, encoding ?? new EncoderOptions(), generation ?? new GenerationOptions());
        }
        catch
        {
            adapters?.Dispose();
            head?.Dispose();
            network.Dispose();
            throw;
        }
    }

    private static EmbeddingHead Fitted(Func<VisionLanguageModel, EmbeddingHead, EmbeddingHead> fitHead, VisionLanguageModel network, EmbeddingHead own)
    {
        var fitted = fitHead(network, own);
        if (!ReferenceEquals(fitted, own))
            own.Dispose();
        return fitted;
    }

    private static ScalarType TypeFor(Device device) => device.type == DeviceType.CPU ? ScalarType.Float32 : ScalarType.BFloat16;

    private static UnifiedModel Assemble(
        string folder, ModelParts parts, VisionLanguageModel network, AdapterLibrary adapters, EmbeddingHead head, EncoderOptions encoding, GenerationOptions generation)
    {
        var encodingAdapter = EncodingAdapter(folder, parts.Settings, adapters);
        var workers = new PassWorkers(encoding.ParallelPasses);
        var generator = new TextGenerator(network, parts.Tokenizer, parts.Format, adapters, generation, parts.Refusal);
        return new UnifiedModel(parts, workers, generator)
        {
            Network = network,
            Adapters = adapters,
            Head = head,
            Encoder = new DocumentEncoder(network, encodingAdapter, head, parts.Settings.ImageState, parts.Format.ImageToken, parts.Fingerprint, encoding, workers),
            BatchGenerator = new BatchTextGenerator(generator, workers),
        };
    }

    private static LoraAdapter? EncodingAdapter(string folder, PreparationSettings settings, AdapterLibrary adapters)
    {
        try
        {
            return settings.EncodingAdapter is { } name ? adapters.Find(name) : null;
        }
        catch (UnknownAdapterException e)
        {
            throw new ConfigException(Path.Combine(folder, PreparationSettings.FileName), "encoding_adapter", e.Message, e);
        }
    }
}
