using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Two pictures and two captions of the same words in another order (Winoground, arXiv 2204.03162).</summary>
public sealed record WinogroundSet(string Name, ImageFileResolver Pictures, IReadOnlyList<WinogroundItem> Items)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    public override IEnumerable<SetItem> Contents => Items.Select(static item => new SetItem(
        item.Id,
        [
            SetItem.Document(item.Id, PictureFolder.Part(item.Picture0)), SetItem.Document(item.Id, PictureFolder.Part(item.Picture1)),
            SetItem.Document(item.Id, new TextPart(item.Caption0)), SetItem.Document(item.Id, new TextPart(item.Caption1)),
        ],
        []));

    public override EvaluationSet Without(IReadOnlySet<int> items) => this with { Items = Kept(Items, items) };
}

/// <param name="Picture0">Below the set's picture folder; so is <paramref name="Picture1"/>.</param>
/// <param name="Kind">The dataset's own tag; null without.</param>
public sealed record WinogroundItem(string Id, string Picture0, string Picture1, string Caption0, string Caption1, string? Kind);
