using UnifiedVlm.Documents;

namespace UnifiedVlm.Training.Evaluation.Probes;

/// <summary>A prompt, laid out as the product lays it out.</summary>
/// <param name="Evidence">With it the checkpoint's own instruction stands before it; null for a question about its own content.</param>
public sealed record AskedQuestion(InterleavedDocument Question, IReadOnlyList<InterleavedDocument>? Evidence, int MaxTokens)
{
    /// <summary>Whether refusing is left to the model's own words, whatever the checkpoint's <c>refusal.json</c> says.</summary>
    public bool IsUncalibrated { get; init; }
}
