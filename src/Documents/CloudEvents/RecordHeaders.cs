using System.Text;
using System.Text.Unicode;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>The headers of a record as text. A header that is read may stand only once: which of two counts would be a guess.</summary>
internal readonly struct RecordHeaders(IReadOnlyList<KeyValuePair<string, byte[]>> headers)
{
    private const int MaxLength = 4096;

    public static string Field(string name) => "headers." + name;

    public bool Contains(string name)
    {
        foreach (var header in headers)
        {
            if (string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <exception cref="DocumentRejectedException">It stands twice, is too long or is not UTF-8.</exception>
    public string? Get(string name)
    {
        byte[]? found = null;
        foreach (var (key, value) in headers)
        {
            if (!string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (found is not null)
                throw new DocumentRejectedException(Field(name), "occurs twice", "Send every header once.");
            found = value ?? throw new DocumentRejectedException(Field(name), "has no value", "Leave the header out, or give it a value.");
        }

        if (found is null)
            return null;
        if (found.Length > MaxLength)
            throw FieldRules.TooLong(Field(name), found.Length, MaxLength, "Shorten it.");
        if (!Utf8.IsValid(found))
            throw new DocumentRejectedException(Field(name), "is not valid UTF-8", "Encode header values as UTF-8.");
        return Encoding.UTF8.GetString(found);
    }
}
