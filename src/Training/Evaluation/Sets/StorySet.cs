using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Stories told in pictures, a sentence to each (VIST, arXiv 1604.03968).</summary>
public sealed record StorySet(string Name, ImageFileResolver Pictures, IReadOnlyList<Story> Items)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;
}

/// <param name="Steps">In order, at least two.</param>
public sealed record Story(string Id, IReadOnlyList<StoryStep> Steps);

/// <param name="Picture">Below the set's picture folder.</param>
public sealed record StoryStep(string Picture, string Text);
