using System.Text.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary><c>{"images": [{"filename", "filepath"?, "split", "sentences": [{"raw"}..], "imgid"?, ..}..]}</c>: dataset_coco.json, dataset_flickr30k.json.</summary>
internal static class KarpathyReader
{
    private const string AllSplits = "all";

    public static CaptionSet Read(SetEntry entry, PictureFolder pictures, ItemReading reading, int max)
    {
        using var json = SetFile.Read(entry.Path);
        var images = JsonItem.Of(entry.Path, "", json.RootElement).List("images").Select((image, i) => (Element: image, Place: $"images[{i}]"));
        var wanted = entry.Split.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var splits = new HashSet<string>(StringComparer.Ordinal);
        var isAnywhere = false;
        var items = reading.Read(images, Picture).OfType<CaptionedPicture>().Take(max).ToList();
        if (!isAnywhere && wanted.FirstOrDefault(split => split != AllSplits && !splits.Contains(split)) is { } missing && (items.Count < max || !wanted.Any(splits.Contains)))
            throw new SetFormatException(entry.Path, $"has no picture of the split '{missing}'; there are {string.Join(", ", splits.Order(StringComparer.Ordinal))}");
        return new CaptionSet(entry.Name, pictures.Resolver, items, entry.CaptionPrompt, entry.MaxTokens, entry.Generated).InGalleriesOf(entry.Gallery);

        CaptionedPicture? Picture((JsonElement Element, string Place) image)
        {
            var item = JsonItem.Of(entry.Path, image.Place, image.Element);
            var split = item.OptionalText("split");
            if (split is null)
                isAnywhere = true;
            else
                splits.Add(split);
            return split is null || wanted.Contains(AllSplits) || wanted.Contains(split) ? KarpathyReader.Picture(item, pictures) : null;
        }
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
