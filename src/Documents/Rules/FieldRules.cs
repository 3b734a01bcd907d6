using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Documents.Rules;

/// <summary>What the value of a field must look like, whether it came as JSON, in a header or from an importer.</summary>
internal static partial class FieldRules
{
    public const int MaxNameLength = 64;
    public const int MaxLanguageLength = 64;
    public const int MaxPathLength = 4096;
    public const int MaxUrlLength = 2048;
    public const int MaxTimeLength = 64;
    public const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
    public const string LanguagePattern = "^([A-Za-z]{2,8}|[xXiI](?=-))(-[A-Za-z0-9]{1,8})*$";

    /// <summary>An id is printed in logs, headers and URLs and is a primary key: no control characters, no unpaired surrogates, not blank.</summary>
    public static void Id(string field, string id, DocumentLimits limits)
    {
        if (string.IsNullOrWhiteSpace(id))
            throw new DocumentRejectedException(field, "is empty", "Give every document an id that is unique within its tenant.");
        if (id.Length > limits.MaxIdLength)
            throw TooLong(field, id.Length, limits.MaxIdLength, "Shorten the id, or use a hash of it.");
        Storable(field, id);
        // As a step of a URL's path these two mean another one.
        if (id is "." or "..")
            throw new DocumentRejectedException(field, $"is '{id}', which no URL can name", "Give the document an id with a letter or a digit.");
        foreach (var c in id)
        {
            if (char.IsControl(c))
            {
                throw new DocumentRejectedException(
                    field, $"contains the control character U+{(int)c:X4}", "Use printable characters in ids.");
            }
        }
    }

    /// <summary>Tenants and collections.</summary>
    public static void Name(string field, string name)
    {
        if (!IsName(name))
        {
            throw new DocumentRejectedException(
                field,
                $"'{Shown(name)}' is not a name",
                $"Use 1 to {MaxNameLength} of A-Z, a-z, 0-9, '.', '_' and '-', starting with a letter or a digit.");
        }
    }

    public static bool IsName([NotNullWhen(true)] string? name) => name is not null && NameShape().IsMatch(name);

    public static void Language(string field, string language)
    {
        if (!IsLanguage(language))
        {
            throw new DocumentRejectedException(
                field, $"'{Shown(language)}' is not a BCP 47 language tag", "Write it as in en, pt-BR or zh-Hant, with hyphens.");
        }
    }

    public static bool IsLanguage([NotNullWhen(true)] string? language) =>
        language is { Length: <= MaxLanguageLength } && LanguageShape().IsMatch(language);

    public static void Text(string field, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new DocumentRejectedException(field, "is empty", "Leave parts without text out of the document.");
        Storable(field, text);
    }

    public static void Path(string field, string path)
    {
        if (path.Length == 0)
            throw new DocumentRejectedException(field, "is empty", "Name the file of the picture.");
        if (path.Length > MaxPathLength)
            throw TooLong(field, path.Length, MaxPathLength, "Use a shorter path.");
        Storable(field, path);
    }

    /// <returns>The hash in lower case.</returns>
    public static string Sha256(string field, string sha256) => sha256.Length == 64 && sha256.All(char.IsAsciiHexDigit)
        ? sha256.ToLowerInvariant()
        : throw new DocumentRejectedException(
            field, $"'{Shown(sha256)}' is not a SHA-256 of 64 hexadecimal digits", "Write it as the upload of the picture returned it.");

    public static Uri Url(string field, string url)
    {
        if (url.Length > MaxUrlLength)
            throw TooLong(field, url.Length, MaxUrlLength, "Use a shorter URL.");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new DocumentRejectedException(
                field, $"'{Shown(url)}' is not an http or https URL", "Write the whole address, such as https://example.org/picture.jpg.");
        }

        if (uri.UserInfo.Length > 0)
            throw new DocumentRejectedException(field, "contains a user name or password", "Leave credentials out of URLs.");
        return uri;
    }

    /// <summary>Checks that PostgreSQL can hold <paramref name="text"/>: no NUL, and valid UTF-16.</summary>
    public static void Storable(string field, ReadOnlySpan<char> text)
    {
        if (text.Contains('\0'))
            throw Nul(field);
        var rest = text;
        while (true)
        {
            var surrogate = rest.IndexOfAnyInRange('\uD800', '\uDFFF');
            if (surrogate < 0)
                return;
            if (!char.IsHighSurrogate(rest[surrogate]) || surrogate + 1 == rest.Length || !char.IsLowSurrogate(rest[surrogate + 1]))
                throw LoneSurrogate(field);
            rest = rest[(surrogate + 2)..];
        }
    }

    public static DocumentRejectedException Nul(string field) =>
        new(field, "contains the NUL character U+0000, which the database can't store", "Remove it.");

    public static DocumentRejectedException LoneSurrogate(string field) =>
        new(field, "contains half of a surrogate pair", "Write characters beyond U+FFFF as UTF-8 or as both \\u escapes.");

    public static DocumentRejectedException TooLong(string field, long length, long limit, string fix) =>
        new(field, string.Create(CultureInfo.InvariantCulture, $"is {length:N0} characters long, the limit is {limit:N0}"), fix);

    /// <summary>Cuts a text to a limit without cutting a character in two.</summary>
    public static string Clip(string text, int maxLength)
    {
        if (text.Length <= maxLength)
            return text;
        var end = maxLength - 1;
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return string.Concat(text.AsSpan(0, end), "…");
    }

    /// <summary>A value for an error message: short, on one line.</summary>
    [return: NotNullIfNotNull(nameof(value))]
    public static string? Shown(string? value)
    {
        if (value is null)
            return null;
        var cut = value.Length > 64 ? string.Concat(value.AsSpan(0, 61), "...") : value;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
        });
    }

    // \z and not $: in .NET $ also matches before a final line feed.
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameShape();

    [GeneratedRegex("^([A-Za-z]{2,8}|[xXiI](?=-))(-[A-Za-z0-9]{1,8})*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex LanguageShape();
}
