using System.Globalization;
using System.Text.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>
/// <c>{"0": {"filename", "caption", "negative_caption"}, ..}</c>, a file for each kind. Where another item has the same captions the other way round, its
/// picture is that of the wrong caption.
/// </summary>
internal static class SugarCrepeReader
{
    public static HardNegativeSet Read(SetEntry entry, PictureFolder pictures, ItemReading reading, int max)
    {
        var files = Directory.Exists(entry.Path) ? Directory.GetFiles(entry.Path, "*.json").Order(StringComparer.Ordinal).ToArray() : [entry.Path];
        return new HardNegativeSet(entry.Name, pictures.Resolver, [.. files.SelectMany(file => WithMirrors(ReadFile(file, pictures, reading, max)))]);
    }

    private static List<HardNegative> ReadFile(string file, PictureFolder pictures, ItemReading reading, int max)
    {
        using var json = SetFile.Read(file);
        return [.. reading.Read(Entries(file, json.RootElement), entry => Item(file, entry.Key(), entry.Element, pictures)).Take(max)];
    }

    private static HardNegative Item(string file, string key, JsonElement element, PictureFolder pictures)
    {
        var kind = Path.GetFileNameWithoutExtension(file);
        var item = JsonItem.Of(file, key, element);
        return new HardNegative(
            $"{kind}/{key}",
            kind,
            pictures.Find(item, "filename", item.Text("filename")),
            item.Text("caption"),
            item.Text("negative_caption"),
            null);
    }

    private static IEnumerable<HardNegative> WithMirrors(List<HardNegative> items)
    {
        var known = items.ToLookup(static item => (item.Caption, item.NegativeCaption));
        return items.Select(item => item with { NegativePicture = known[(item.NegativeCaption, item.Caption)].FirstOrDefault()?.Picture });
    }

    private static IEnumerable<(Func<string> Key, JsonElement Element)> Entries(string file, JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Object => root.EnumerateObject().Select((p, i) => ((Func<string>)(() => Name(file, p, i)), p.Value)),
        JsonValueKind.Array => root.EnumerateArray().Select(static (e, i) => ((Func<string>)(() => i.ToString(CultureInfo.InvariantCulture)), e)),
        _ => throw new SetFormatException(file, "must be an object of numbered items"),
    };

    private static string Name(string file, JsonProperty property, int index)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException error)
        {
            throw new SetFormatException(file, $"the name of item {index + 1} is no valid Unicode", error);
        }
    }
}
