using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Questions whether a picture shows something, half of which it does not (POPE, arXiv 2305.10355).</summary>
public sealed record PopeSet(string Name, ImageFileResolver Pictures, IReadOnlyList<PopeItem> Items)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;
}

/// <param name="Picture">Below the set's picture folder.</param>
/// <param name="IsYes">The right answer.</param>
public sealed record PopeItem(string Id, string Picture, string Question, bool IsYes);
