using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Questions whether a picture shows something, half of which it does not (POPE, arXiv 2305.10355).</summary>
public sealed record PopeSet(string Name, ImageFileResolver Pictures, IReadOnlyList<PopeItem> Items)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    public override IEnumerable<SetItem> Contents => Items.Select(static item => new SetItem(
        item.Id, [SetItem.Document(item.Id, PictureFolder.Part(item.Picture), new TextPart(item.Question))], [item.IsYes ? "yes" : "no"])
    {
        Prompt = new SetPrompt(HasEvidence: false, MaxTokens),
    });

    /// <summary>Of an answer.</summary>
    internal const int MaxTokens = 8;

    public override EvaluationSet Without(IReadOnlySet<int> items) => this with { Items = Kept(Items, items) };
}

/// <param name="Picture">Below the set's picture folder.</param>
/// <param name="IsYes">The right answer.</param>
public sealed record PopeItem(string Id, string Picture, string Question, bool IsYes);
