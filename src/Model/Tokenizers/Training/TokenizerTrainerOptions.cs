namespace UnifiedVlm.Model.Tokenizers.Training;

/// <summary>What <see cref="TokenizerTrainer"/> is to make.</summary>
public sealed record TokenizerTrainerOptions
{
    /// <summary>Ids in all: bytes, merges and special tokens.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Added at the top of the ids, in this order, so that their ids do not depend on the text.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>A pair seen less often is never merged.</summary>
    public int MinFrequency { get; init; } = 2;

    /// <summary>Longer tokens are never made: they are artefacts of the training text, such as rulers of dashes.</summary>
    public int MaxTokenBytes { get; init; } = 24;
}
