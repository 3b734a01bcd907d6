using System.Text;
using System.Text.Json;

namespace UnifiedVlm.Documents.Json;

/// <summary>The field names of one object of the format, and the nearest of them to a name that is not.</summary>
internal sealed class FieldNames
{
    public const int None = -1;

    /// <summary>Names that senders coming from other formats try, without case and underscores, and what they are called here.</summary>
    private static readonly Dictionary<string, string[]> Synonyms = new(StringComparer.Ordinal)
    {
        ["docid"] = ["id"],
        ["body"] = ["text", "parts"],
        ["content"] = ["text", "parts"],
        ["contents"] = ["parts"],
        ["lang"] = ["language"],
        ["locale"] = ["language"],
        ["date"] = ["time"],
        ["createdat"] = ["time"],
        ["attributes"] = ["metadata"],
        ["properties"] = ["metadata"],
        ["kind"] = ["type"],
        ["image"] = ["data"],
        ["base64"] = ["data"],
        ["bytes"] = ["data"],
        ["mime"] = ["media_type"],
        ["mimetype"] = ["media_type"],
        ["contenttype"] = ["media_type"],
        ["sha256"] = ["blob"],
        ["hash"] = ["blob"],
        ["imageurl"] = ["url"],
        ["src"] = ["url"],
        ["href"] = ["url"],
        ["file"] = ["path"],
        ["filename"] = ["path"],
        ["caption"] = ["alt"],
        ["description"] = ["alt", "title"],
    };

    private readonly string[] names;
    private readonly byte[][] utf8;

    private FieldNames(params string[] names)
    {
        this.names = names;
        utf8 = [.. names.Select(Encoding.UTF8.GetBytes)];
    }

    public static FieldNames Document { get; } = new("id", "version", "tenant", "collection", "title", "language", "time", "metadata", "parts");

    public static FieldNames Part { get; } = new("type", "text", "data", "media_type", "path", "blob", "url", "alt");

    public IReadOnlyList<string> All => names;

    public string this[int index] => names[index];

    /// <summary>The index of the property name that <paramref name="json"/> stands at, or <see cref="None"/>.</summary>
    public int Match(ref readonly Utf8JsonReader json)
    {
        try
        {
            return IndexOf(in json);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair among the escapes of the name: none of ours.
            return None;
        }
    }

    private int IndexOf(ref readonly Utf8JsonReader json)
    {
        for (var i = 0; i < utf8.Length; i++)
        {
            if (json.ValueTextEquals(utf8[i]))
                return i;
        }

        return None;
    }

    /// <summary>What the sender may have meant.</summary>
    public string Hint(string unknown)
    {
        var plain = Plain(unknown);
        if (Synonyms.TryGetValue(plain, out var meant) && meant.FirstOrDefault(names.Contains) is { } synonym)
            return $"Did you mean '{synonym}'?";
        if (plain.Length <= 32)
        {
            var nearest = names.MinBy(name => Distance(plain, Plain(name)))!;
            if (Distance(plain, Plain(nearest)) <= (nearest.Length < 4 ? 1 : 2))
                return $"Did you mean '{nearest}'?";
        }

        return $"Known names are {string.Join(", ", names)}; facts of your own belong into metadata.";
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
