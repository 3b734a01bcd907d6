using System.Text.Json;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>
/// Reads the unpacked packages: <c>openmoji</c> (the list of emoji, their groups, SVG files), <c>noto</c> and <c>twemoji</c> (SVG in one
/// file, names by code points) and <c>emojibase</c> (names and tags).
/// </summary>
/// <remarks>
/// Left out is what nobody could tell apart or name: flags of countries, keycaps and other signs made of letters and digits, geometric
/// shapes in many sizes, the 24 clock faces, families and couples, skin tones and hair, and OpenMoji's additions to Unicode.
/// </remarks>
internal static partial class EmojiPackages
{
    private const string FetchThem = "fetch the sources with deploy/emoji.sh";

    private static readonly HashSet<string> LeftOutGroups = ["component", "extras-openmoji", "extras-unicode"];

    private static readonly HashSet<string> LeftOutSubgroups =
        ["country-flag", "subdivision-flag", "keycap", "alphanum", "geometric", "family"];

    /// <summary>Ordered by id.</summary>
    /// <exception cref="DataException">A package is missing or not as expected.</exception>
    public static IReadOnlyList<ImportedConcept> Read(string sources)
    {
        var words = ReadWords(Path.Combine(sources, "emojibase", "en", "data.json"));
        var noto = IconSet.Read(Path.Combine(sources, "noto"));
        var twemoji = IconSet.Read(Path.Combine(sources, "twemoji"));
        var drawings = Path.Combine(sources, "openmoji", "color", "svg");
        var list = Path.Combine(sources, "openmoji", "data", "openmoji.json");

        var entries = new List<(string Id, string Hexcode, string Label, string[] Tags, string Group)>();
        using (var document = ReadJson(list))
        {
            foreach (var item in document.RootElement.EnumerateArray())
            {
                var hexcode = Text(list, item, "hexcode");
                if (LeftOutGroups.Contains(Text(list, item, "group")) || LeftOutSubgroups.Contains(Text(list, item, "subgroups")) || IsClockFace(hexcode))
                    continue;
                var plain = ConceptId.Plain(hexcode);
                var (label, tags) = words.GetValueOrDefault(plain, (Text(list, item, "annotation"), []));
                var own = (Text(list, item, "tags") + "," + Text(list, item, "openmoji_tags")).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                entries.Add((ConceptId.Of(hexcode), plain, label, [.. tags, .. own], Text(list, item, "group")));
            }
        }

        return
        [
            .. from entry in entries
               group entry by entry.Id into versions
               orderby versions.Key
               // The neutral version stands for all of them, where there is one.
               let chosen = versions.FirstOrDefault(version => version.Hexcode == versions.Key, versions.First())
               let label = Clean(chosen.Label)
               select new ImportedConcept(
                   versions.Key,
                   label,
                   [.. chosen.Tags.Select(Clean).Where(tag => tag.Length > 0 && tag != label).Distinct().Order(StringComparer.Ordinal)],
                   chosen.Group,
                   [OpenMoji(drawings, chosen.Hexcode), noto.Find(chosen.Hexcode), twemoji.Find(chosen.Hexcode)]),
        ];
    }

    private static Dictionary<string, (string Label, string[] Tags)> ReadWords(string path)
    {
        using var document = ReadJson(path);
        var words = new Dictionary<string, (string, string[])>(StringComparer.Ordinal);
        foreach (var item in document.RootElement.EnumerateArray())
        {
            string[] tags = item.TryGetProperty("tags", out var list) ? [.. list.EnumerateArray().Select(static tag => tag.GetString()!)] : [];
            words[ConceptId.Plain(Text(path, item, "hexcode"))] = (Text(path, item, "label"), tags);
        }

        return words;
    }

    private static IconArt? OpenMoji(string folder, string plain)
    {
        // File names carry the variation selector where Unicode asks for one: one of the two spellings is there.
        var path = Path.Combine(folder, plain + ".svg");
        if (!File.Exists(path))
            path = Directory.EnumerateFiles(folder, plain.Split('-')[0] + "*.svg").FirstOrDefault(file => ConceptId.Plain(Path.GetFileNameWithoutExtension(file)) == plain) ?? "";
        if (path.Length == 0)
            return null;
        var svg = File.ReadAllText(path);
        var root = Root().Match(svg);
        var end = svg.LastIndexOf("</svg>", StringComparison.Ordinal);
        var viewBox = ViewBox().Match(root.Value);
        if (!root.Success || !viewBox.Success || end < 0)
            throw new DataException(path, "is no SVG with a viewBox");
        return new IconArt(
            viewBox.Groups[1].Value, string.Join(' ', Namespace().Matches(root.Value).Select(static match => match.Value)), svg[(root.Index + root.Length)..end]);
    }

    internal static JsonDocument ReadJson(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonDocument.Parse(stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(path, $"is missing; {FetchThem}", e);
        }
        catch (JsonException e)
        {
            throw new DataException(path, $"is damaged: {e.Message}; remove its folder and {FetchThem}", e);
        }
    }

    private static string Text(string path, JsonElement item, string field) =>
        item.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new DataException(path, $"an entry has no text '{field}'; {FetchThem}");

    private static bool IsClockFace(string hexcode) =>
        int.TryParse(hexcode, System.Globalization.NumberStyles.HexNumber, null, out var point) && point is >= 0x1F550 and <= 0x1F567;

    private static string Clean(string text) => text.Trim().ToLowerInvariant().Replace('’', '\'').Replace('“', '"').Replace('”', '"');

    [GeneratedRegex("<svg[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Root();

    [GeneratedRegex("viewBox=\"([^\"]+)\"")]
    private static partial Regex ViewBox();

    [GeneratedRegex("xmlns:\\w+=\"[^\"]*\"")]
    private static partial Regex Namespace();
}
