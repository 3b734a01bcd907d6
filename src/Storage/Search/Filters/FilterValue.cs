using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>A text, a number, true, false or null.</summary>
/// <param name="Json">As JSON, numbers in a form that every PostgreSQL reads alike.</param>
public sealed record FilterValue(FilterValueKind Kind, string Json)
{
    /// <summary>So many digits a decimal keeps in any case.</summary>
    private const int MaxDecimalDigits = 28;

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
        // As a document's metadata are read, or a number would not find itself: a decimal where it keeps every digit, which small numbers with an exponent lose, else a double.
        var mantissa = written.Split('e', 'E')[0];
        if (mantissa.Length == written.Length && written.Count(char.IsAsciiDigit) <= MaxDecimalDigits && decimal.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
            return new FilterValue(FilterValueKind.Number, exact.ToString(CultureInfo.InvariantCulture));
        return double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && (number != 0 || !mantissa.AsSpan().ContainsAnyInRange('1', '9'))
            ? new FilterValue(FilterValueKind.Number, number.ToString("R", CultureInfo.InvariantCulture))
            : throw new FilterException("a number is beyond double precision", "Compare with one that is nearer to 1.");
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
