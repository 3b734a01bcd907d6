namespace UnifiedVlm.Training.Samples;

/// <summary>
/// A question, with or without evidence, and the answer that L_g teaches: laid out exactly as <c>IPromptBuilder</c> lays out what is served.
/// </summary>
/// <param name="Evidence">In order of rank; [n] in the answer cites the n-th. Empty for a question about the content of <paramref name="Question"/> itself.</param>
public sealed record DialogueSample(IReadOnlyList<EvidenceItem> Evidence, Content Question, string Answer)
{
    /// <summary>What is asked and answered after that, turn by turn: one picture, seen once, then teaches several answers.</summary>
    public IReadOnlyList<(string Question, string Answer)> Further { get; init; } = [];
}
