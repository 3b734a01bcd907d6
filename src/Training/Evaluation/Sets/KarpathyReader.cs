using System.Globalization;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary><c>{"images": [{"filename", "filepath"?, "split", "sentences": [{"raw"}..], "imgid"?, ..}..]}</c>: dataset_coco.json, dataset_flickr30k.json.</summary>
internal static class KarpathyReader
{
    private const string AllSplits = "all";

    public static CaptionSet Read(SetEntry entry, PictureFolder pictures, int max)
    {
        using var json = SetFile.Read(entry.Path);
        var items = JsonItem.Of(entry.Path, "", json.RootElement).Items("images")
            .Where(image => entry.Split == AllSplits || image.OptionalText("split") is not { } split || split == entry.Split)
            .Take(max)
            .Select(image => Picture(image, pictures))
            .ToList();
        var set = new CaptionSet(entry.Name, pictures.Resolver, items, entry.CaptionPrompt, entry.MaxTokens);
        return entry.Gallery is { } size && size < items.Count ? Cut(set, size) : set;
    }

    /// <summary>Galleries of equal size, in the file's order, so that each is as hard as the others.</summary>
    private static CaptionSet Cut(CaptionSet set, int size)
    {
        var galleries = set.Items.Chunk(size).Where(gallery => gallery.Length == size).ToArray();
        var rest = set.Count - (galleries.Length * size);
        var note = string.Create(CultureInfo.InvariantCulture, $"Recall is within {galleries.Length} {(galleries.Length == 1 ? "gallery" : "galleries")} of {size}{(rest > 0 ? $"; the last {rest} fill none and are left out of it" : "")}");
        return set with { Galleries = galleries, Note = note };
    }

    private static CaptionedPicture Picture(JsonItem image, PictureFolder pictures)
    {
        var name = image.Text("filename");

        // COCO's pictures lie in a folder of their year, which many a copy of them has flattened.
        var path = image.OptionalText("filepath") is { } folder && pictures.TryFind(Path.Combine(folder, name)) is { } found ? found : pictures.Find(image, "filename", name);
        var captions = image.Items("sentences").Select(static sentence => sentence.Text("raw").Trim()).ToList();
        if (captions.Count == 0)
            throw image.Wrong("sentences", "is empty");
        return new CaptionedPicture(image.OptionalId("imgid") ?? name, path, captions);
    }
}
