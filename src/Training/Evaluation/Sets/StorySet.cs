using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Stories told in pictures, a sentence to each (VIST, arXiv 1604.03968).</summary>
public sealed record StorySet(string Name, ImageFileResolver Pictures, IReadOnlyList<Story> Items)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    /// <summary>All but the last picture are read together, as the longest content that is made of a story.</summary>
    public override IEnumerable<SetItem> Contents => Items.Select(static story => new SetItem(
        story.Id,
        [
            SetItem.Document(story.Id, [.. story.Steps.SelectMany(static step => new DocumentPart[] { new TextPart(step.Text), PictureFolder.Part(step.Picture) }).SkipLast(1)]),
            SetItem.Document(story.Id, PictureFolder.Part(story.Steps[^1].Picture)),
        ],
        []));

    public override int? Candidates => Count;

    public override EvaluationSet Without(IReadOnlySet<int> items) => this with { Items = Kept(Items, items) };
}

/// <param name="Steps">In order, at least two.</param>
public sealed record Story(string Id, IReadOnlyList<StoryStep> Steps);

/// <param name="Picture">Below the set's picture folder.</param>
public sealed record StoryStep(string Picture, string Text);
