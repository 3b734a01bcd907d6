using System.Globalization;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Pictures with one or several captions each (the Karpathy splits of COCO and Flickr30k, CVPR 2015).</summary>
/// <param name="CaptionPrompt">What the generator is asked for a caption.</param>
/// <param name="Generated">So many of the first items are described by the model; 0 for none.</param>
public sealed record CaptionSet(string Name, ImageFileResolver Pictures, IReadOnlyList<CaptionedPicture> Items, string CaptionPrompt, int MaxTokens, int Generated)
    : EvaluationSet(Name, Pictures)
{
    public override int Count => Items.Count;

    public override IEnumerable<SetItem> Contents => Items.Select(static item => new SetItem(
        item.Id, [SetItem.Document(item.Id, PictureFolder.Part(item.Picture)), .. item.Captions.Select(caption => SetItem.Document(item.Id, new TextPart(caption)))], []));

    public override int? Candidates => Galleries[0].Count;

    public override int? TokenLimit => MaxTokens;

    /// <summary>Size of the galleries; null where all items compete.</summary>
    public int? Gallery { get; private init; }

    /// <summary>What competes in retrieval: all items, or galleries of equal size.</summary>
    public IReadOnlyList<IReadOnlyList<CaptionedPicture>> Galleries { get; init; } = [Items];

    public override EvaluationSet Without(IReadOnlySet<int> items)
    {
        var kept = Kept(Items, items);
        return (this with { Items = kept, Galleries = [kept], Gallery = null, Note = null }).InGalleriesOf(Gallery);
    }

    /// <summary>Galleries of equal size, in the file's order, so that each is as hard as the others; all at once where there are no more than that.</summary>
    public CaptionSet InGalleriesOf(int? size)
    {
        if (size is not { } most || most >= Count)
            return this;
        var galleries = Items.Chunk(most).Where(gallery => gallery.Length == most).ToArray();
        var rest = Count - (galleries.Length * most);
        var note = string.Create(
            CultureInfo.InvariantCulture,
            $"Recall is within {galleries.Length} {(galleries.Length == 1 ? "gallery" : "galleries")} of {most}{(rest > 0 ? $"; the last {rest} fill none and are left out of it" : "")}");
        return this with { Galleries = galleries, Gallery = most, Note = note };
    }
}

/// <param name="Picture">Below the set's picture folder.</param>
/// <param name="Captions">At least one.</param>
public sealed record CaptionedPicture(string Id, string Picture, IReadOnlyList<string> Captions);
