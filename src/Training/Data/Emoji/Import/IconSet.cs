using System.Text.Json;

namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>An icon set in Iconify's format: <c>icons.json</c> with the drawings by name and <c>chars.json</c> with the names by code points.</summary>
internal sealed class IconSet
{
    private readonly Dictionary<string, IconArt> byCodePoints = new(StringComparer.Ordinal);

    private IconSet()
    {
    }

    /// <exception cref="DataException">The set is missing or not in the format.</exception>
    public static IconSet Read(string folder)
    {
        var iconsPath = Path.Combine(folder, "icons.json");
        var set = new IconSet();
        using var icons = EmojiPackages.ReadJson(iconsPath);
        using var names = EmojiPackages.ReadJson(Path.Combine(folder, "chars.json"));
        if (!icons.RootElement.TryGetProperty("icons", out var drawings))
            throw new DataException(iconsPath, "has no 'icons'; fetch the sources with deploy/emoji.sh");
        foreach (var entry in names.RootElement.EnumerateObject())
        {
            if (drawings.TryGetProperty(entry.Value.GetString()!, out var drawing))
                set.byCodePoints.TryAdd(ConceptId.Plain(entry.Name), new IconArt(ViewBox(icons.RootElement, drawing), "", drawing.GetProperty("body").GetString()!));
        }

        return set;
    }

    public IconArt? Find(string plainCodePoints) => byCodePoints.GetValueOrDefault(plainCodePoints);

    // An icon may differ from the set's own frame.
    private static string ViewBox(JsonElement set, JsonElement icon)
    {
        return $"{Number("left", 0)} {Number("top", 0)} {Number("width", 16)} {Number("height", 16)}";

        string Number(string field, int fallback) =>
            icon.TryGetProperty(field, out var own) || set.TryGetProperty(field, out own) ? own.GetRawText() : $"{fallback}";
    }
}
