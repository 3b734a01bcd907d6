namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary><c>{"id", "image_0", "image_1", "caption_0", "caption_1", "collapsed_tag"?, "tag"?, ..}</c> a line. Pictures are named without extension.</summary>
internal static class WinogroundReader
{
    public static WinogroundSet Read(SetEntry entry, PictureFolder pictures, ItemReading reading, int max) =>
        new(entry.Name, pictures.Resolver, [.. SetFile.ReadLines(entry.Path, reading, item => Item(item, pictures)).Take(max)]);

    private static WinogroundItem Item(JsonItem item, PictureFolder pictures) => new(
        item.Id("id"),
        pictures.Find(item, "image_0", item.Text("image_0")),
        pictures.Find(item, "image_1", item.Text("image_1")),
        item.Text("caption_0"),
        item.Text("caption_1"),
        item.NonBlank("collapsed_tag") ?? item.NonBlank("tag"));
}
