using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Pictures each with the right caption and one that is wrong in a single point (SugarCrepe, arXiv 2306.14610).</summary>
public sealed record HardNegativeSet(string Name, ImageFileResolver Pictures, IReadOnlyList<HardNegative> Items)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    public override IEnumerable<SetItem> Contents => Items.Select(static item => new SetItem(
        item.Id,
        [
            .. new[] { item.Picture, item.NegativePicture }.OfType<string>().Select(picture => SetItem.Document(item.Id, PictureFolder.Part(picture))),
            SetItem.Document(item.Id, new TextPart(item.Caption)), SetItem.Document(item.Id, new TextPart(item.NegativeCaption)),
        ],
        []));

    public override EvaluationSet Without(IReadOnlySet<int> items) => this with { Items = Kept(Items, items) };
}

/// <param name="Kind">Which point is wrong, such as <c>swap_att</c>.</param>
/// <param name="Picture">Below the set's picture folder.</param>
/// <param name="NegativePicture">What the wrong caption is right for; null where there is no such picture.</param>
public sealed record HardNegative(string Id, string Kind, string Picture, string Caption, string NegativeCaption, string? NegativePicture);
