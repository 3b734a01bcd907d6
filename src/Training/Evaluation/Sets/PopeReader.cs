namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary><c>{"question_id", "image", "text", "label": "yes" or "no"}</c> a line.</summary>
internal static class PopeReader
{
    public static PopeSet Read(SetEntry entry, PictureFolder pictures, ItemReading reading, int max) =>
        new(entry.Name, pictures.Resolver, [.. SetFile.ReadLines(entry.Path, reading, item => Item(item, pictures)).Take(max)]);

    private static PopeItem Item(JsonItem item, PictureFolder pictures) => new(
        item.Id("question_id"),
        pictures.Find(item, "image", item.Text("image")),
        item.Text("text"),
        item.Text("label").ToLowerInvariant() switch
        {
            "yes" => true,
            "no" => false,
            var other => throw item.Wrong("label", $"is '{other}'; it must be yes or no"),
        });
}
