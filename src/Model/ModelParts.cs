using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Model;

/// <summary>
/// What of a model folder needs no weights: all that a node does whose work is computed on other nodes. The weights' files are read once, for the fingerprint.
/// </summary>
public sealed record ModelParts
{
    /// <summary>False when the weights come from a seed.</summary>
    public required bool IsTrained { get; init; }

    public required ModelConfig Config { get; init; }

    public required Tokenizer Tokenizer { get; init; }

    public required PreparationSettings Settings { get; init; }

    /// <summary>How far the vectors are to be trusted beside full text.</summary>
    public required RankingSettings Ranking { get; init; }

    /// <summary>When answers are to be that the documents do not say; null leaves it to the model's own words.</summary>
    public RefusalSettings? Refusal { get; init; }

    /// <summary>The ids that structure prompts.</summary>
    public required ChatFormat Format { get; init; }

    /// <summary>How each window's summary is asked for.</summary>
    public required SummaryPrompts Summaries { get; init; }

    public required IDocumentPreparer Preparer { get; init; }

    public required IPromptBuilder Prompts { get; init; }

    /// <summary>Of the adapters that generations may choose, in order.</summary>
    public required IReadOnlyList<string> AdapterNames { get; init; }

    /// <summary>Names everything that the vectors depend on.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>D, the width of the vectors.</summary>
    public required int Dimension { get; init; }

    /// <param name="seed">Of the weights when the folder has none.</param>
    /// <exception cref="ConfigException">A setting is missing or impossible.</exception>
    /// <exception cref="TokenizerFormatException">tokenizer.json can't be used.</exception>
    /// <exception cref="CheckpointException">The head is damaged or does not fit the config, or there are weights that can't be read.</exception>
    public static ModelParts Load(string folder, ulong seed, ImageLimits? images = null)
    {
        var config = ModelConfig.Load(folder);
        var tokenizer = LoadTokenizer(folder, config);
        using var head = EmbeddingHead.Load(folder, config);
        return Of(folder, config, PreparationSettings.Load(folder), tokenizer, ChatFormat.For(folder, config, tokenizer), head, AdapterLibrary.ListNames(folder), seed, images ?? ImageLimits.Default);
    }

    internal static ModelParts Of(
        string folder, ModelConfig config, PreparationSettings settings, Tokenizer tokenizer, ChatFormat format, EmbeddingHead head, IReadOnlyList<string> adapters, ulong seed,
        ImageLimits images)
    {
        var isTrained = HasWeights(folder);
        var pictures = new PictureReader(config, settings, images);
        var summaries = new SummaryPrompts(format, tokenizer, settings, head.SoftPromptLengths);
        return new ModelParts
        {
            IsTrained = isTrained,
            Config = config,
            Tokenizer = tokenizer,
            Settings = settings,
            Ranking = isTrained ? RankingSettings.Load(folder) : RankingSettings.Untrained,
            Refusal = isTrained ? RefusalSettings.Load(folder) : null,
            Format = format,
            Summaries = summaries,
            Preparer = new DocumentPreparer(folder, config, settings, tokenizer, format, summaries, pictures),
            Prompts = new PromptBuilder(config, settings, tokenizer, format, pictures),
            AdapterNames = adapters,
            Fingerprint = ModelFingerprint.Compute(folder, settings, isTrained ? null : seed),
            Dimension = head.Dimension,
        };
    }

    /// <exception cref="CheckpointException">It has some that can't be read.</exception>
    internal static bool HasWeights(string folder) => WeightFiles.List(folder).Count > 0;

    /// <exception cref="ConfigException">It has more tokens than the model.</exception>
    internal static Tokenizer LoadTokenizer(string folder, ModelConfig config)
    {
        var tokenizer = Tokenizer.Load(Path.Combine(folder, UnifiedModelLoader.TokenizerFileName));
        return tokenizer.Size > config.LmVocabSize
            ? throw new ConfigException(Path.Combine(folder, ModelConfig.FileName), "lm_vocab_size", $"is {config.LmVocabSize}, but tokenizer.json has ids up to {tokenizer.Size - 1}")
            : tokenizer;
    }
}
