using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>A text, a number, true, false or null.</summary>
/// <param name="Json">As JSON, numbers in a form that every PostgreSQL reads alike.</param>
public sealed record FilterValue(FilterValueKind Kind, string Json)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static FilterValue Null { get; } = new(FilterValueKind.Null, "null");

    public static FilterValue Of(bool value) => new(FilterValueKind.Boolean, value ? "true" : "false");

    /// <summary>A time, for the fields of a document that are times.</summary>
    public static FilterValue Of(DateTimeOffset time) => new(FilterValueKind.Text, $"\"{time.ToUniversalTime():yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'}\"");

    /// <exception cref="FilterException">It is too long, or no database can hold it.</exception>
    internal static FilterValue Text(string text)
    {
        if (text.Length > FilterLimits.MaxValueLength)
            throw new FilterException($"a text of {text.Length} characters is longer than {FilterLimits.MaxValueLength}", "Compare with a shorter one.");
        CheckText(text);
        return new FilterValue(FilterValueKind.Text, JsonSerializer.Serialize(text, Plain));
    }

    /// <param name="written">As in JSON.</param>
    /// <exception cref="FilterException">It is no number, or beyond double precision.</exception>
    internal static FilterValue Number(string written)
    {
        // What a decimal holds stays as it is; what is larger or smaller is as exact as a double, and of bounded length.
        if (decimal.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
            return new FilterValue(FilterValueKind.Number, exact.ToString(CultureInfo.InvariantCulture));
        return double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new FilterValue(FilterValueKind.Number, number.ToString("R", CultureInfo.InvariantCulture))
            : throw new FilterException("a number is beyond double precision", "Compare with a smaller one.");
    }

    internal static void CheckText(string text)
    {
        if (Storable.Find("", text) is { } found)
            throw new FilterException("a text can't be stored, so nothing equals it: " + found.Problem.TrimEnd('.'), "Leave the character out.");
    }

    /// <summary>The text itself.</summary>
    internal string AsText() => JsonSerializer.Deserialize<string>(Json)!;

    /// <returns>Null: it is neither an RFC 3339 time nor a day.</returns>
    internal DateTimeOffset? AsTime()
    {
        if (Kind != FilterValueKind.Text)
            return null;
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        return DateTimeOffset.TryParseExact(AsText(), forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    public override string ToString() => Json;
}

public enum FilterValueKind
{
    Text,
    Number,
    Boolean,
    Null,
}
