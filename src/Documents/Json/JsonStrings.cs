using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Json;

/// <summary>Strings out of a <see cref="Utf8JsonReader"/>: limits before allocation, and what the database can't hold refused.</summary>
internal static class JsonStrings
{
    /// <summary>Reads the string or property name that <paramref name="json"/> stands at.</summary>
    /// <param name="maxLength">UTF-16 code units.</param>
    public static string Read(ref readonly Utf8JsonReader json, string field, int maxLength, string fix)
    {
        if (LengthAtLeast(in json, maxLength) is var atLeast && atLeast > maxLength)
            throw FieldRules.TooLong(field, atLeast, maxLength, fix);

        string text;
        try
        {
            text = json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Malformed(in json, field, e);
        }

        if (text.Length > maxLength)
            throw FieldRules.TooLong(field, text.Length, maxLength, fix);
        if (text.Contains('\0', StringComparison.Ordinal))
            throw FieldRules.Nul(field);
        return text;
    }

    /// <summary>A lower bound of the length of the string that <paramref name="json"/> stands at, cheap and without allocation.</summary>
    /// <param name="enough">No more is computed than tells whether the length is beyond this.</param>
    public static int LengthAtLeast(ref readonly Utf8JsonReader json, int enough)
    {
        // An escape is at most 6 bytes for one UTF-16 code unit.
        var raw = json.ValueSpan;
        if (raw.Length <= enough)
            return 0;
        return json.ValueIsEscaped ? raw.Length / 6 : Encoding.UTF8.GetCharCount(raw);
    }

    /// <summary>A property name for an error message, whatever it contains.</summary>
    public static string ShownName(ref readonly Utf8JsonReader json)
    {
        var raw = json.ValueSpan;
        return raw.IsEmpty ? "\"\"" : FieldRules.Shown(Encoding.UTF8.GetString(raw.Length > 256 ? raw[..256] : raw));
    }

    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    private static DocumentRejectedException Malformed(ref readonly Utf8JsonReader json, string field, Exception cause) =>
        json.ValueIsEscaped && Utf8.IsValid(json.ValueSpan)
            ? FieldRules.LoneSurrogate(field)
            : new DocumentRejectedException(field, "is not valid UTF-8", "Encode the document as UTF-8.", cause);
}
