using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Model.Prompts;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Model;

/// <summary>A model folder, loaded. <see cref="UnifiedModelLoader"/> makes it.</summary>
public sealed class UnifiedModel : IUnifiedModel
{
    private readonly TextGenerator generator;

    internal UnifiedModel(ModelParts parts, PassWorkers workers, TextGenerator generator)
    {
        Parts = parts;
        Workers = workers;
        this.generator = generator;
    }

    /// <summary>What needs no weights, and outlives them.</summary>
    public ModelParts Parts { get; }

    public bool IsTrained => Parts.IsTrained;

    public IDocumentPreparer Preparer => Parts.Preparer;

    public IPromptBuilder Prompts => Parts.Prompts;

    public required ISequenceEncoder Encoder { get; init; }

    public ITextGenerator Generator => generator;

    /// <summary>The generator for many prompts at once.</summary>
    public required BatchTextGenerator BatchGenerator { get; init; }

    public Tokenizer Tokenizer => Parts.Tokenizer;

    public PreparationSettings Settings => Parts.Settings;

    /// <summary>How far the vectors are to be trusted beside full text.</summary>
    public RankingSettings Ranking => Parts.Ranking;

    /// <summary>When answers are to be that the documents do not say; null leaves it to the model's own words.</summary>
    public RefusalSettings? Refusal => Parts.Refusal;

    /// <summary>The weights.</summary>
    public required VisionLanguageModel Network { get; init; }

    /// <summary>What generations may choose beside the base.</summary>
    public required AdapterLibrary Adapters { get; init; }

    /// <summary>The way from states to vectors.</summary>
    public required EmbeddingHead Head { get; init; }

    /// <summary>The ids that structure prompts.</summary>
    public ChatFormat Format => Parts.Format;

    /// <summary>How each window's summary is asked for.</summary>
    public SummaryPrompts Summaries => Parts.Summaries;

    /// <summary>The threads that encoder and batch generator share.</summary>
    internal PassWorkers Workers { get; }

    public void Dispose()
    {
        Workers.Dispose();
        generator.Dispose();
        Adapters.Dispose();
        Network.Dispose();
        Head.Dispose();
    }
}
