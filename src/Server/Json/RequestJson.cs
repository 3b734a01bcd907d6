using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Server.Json;

/// <summary>The fields of a request, each read with a refusal that names it. Null stands for a field left out.</summary>
internal static class RequestJson
{
    /// <summary>One object with known fields only.</summary>
    /// <param name="shape">What such an object looks like, for the message.</param>
    /// <exception cref="DocumentRejectedException">Not JSON, no object, or a field that is not known.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, DocumentLimits limits, string shape, IReadOnlyList<string> fields)
    {
        if (utf8.Length > limits.MaxDocumentBytes)
            throw new DocumentRejectedException("$", $"has {utf8.Length} bytes, the limit is {limits.MaxDocumentBytes}", "Send smaller pictures or fewer of them.");
        var body = Parse(utf8, limits);
        try
        {
            if (body.RootElement.ValueKind != JsonValueKind.Object)
                throw new DocumentRejectedException("$", "is no JSON object", $"Send {shape}.");
            foreach (var field in body.RootElement.EnumerateObject())
            {
                if (field.Value.ValueKind != JsonValueKind.Null && !fields.Contains(field.Name))
                    throw new DocumentRejectedException(field.Name, "is not a known field", $"The fields are {string.Join(", ", fields)}.");
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>A non-empty string.</summary>
    /// <param name="isNeeded">It can't be left out, so that is no advice.</param>
    /// <exception cref="DocumentRejectedException">It is not one.</exception>
    public static string? Text(JsonElement root, string name, bool isNeeded = false)
    {
        if (!TryGet(root, name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String && Unicode(name, value) is { Length: > 0 } text
            ? text
            : throw new DocumentRejectedException(name, "is no text", Fix("a non-empty string", isNeeded));
    }

    /// <summary>A tenant or a collection.</summary>
    /// <exception cref="DocumentRejectedException">It can't be one.</exception>
    public static string? Name(JsonElement root, string name)
    {
        var text = Text(root, name);
        if (text is not null)
            DocumentValidator.ValidateName(name, text);
        return text;
    }

    /// <summary>The model that OpenAI's requests name.</summary>
    /// <exception cref="DocumentRejectedException">None is named.</exception>
    public static string Model(JsonElement root) => Text(root, "model", isNeeded: true) ?? throw new DocumentRejectedException("model", "is missing", "Name one of GET /v1/models.");

    /// <summary>A whole number within bounds.</summary>
    /// <exception cref="DocumentRejectedException">It is not one.</exception>
    public static long? Whole(JsonElement root, string name, long minimum, long maximum)
    {
        if (!TryGet(root, name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= minimum && number <= maximum
            ? number
            : throw new DocumentRejectedException(name, $"is not a whole number from {minimum} to {maximum}", "Send such a number or leave the field out.");
    }

    /// <summary>A number within bounds.</summary>
    /// <param name="isNeeded">It can't be left out, so that is no advice.</param>
    /// <exception cref="DocumentRejectedException">It is not one.</exception>
    public static float? Number(JsonElement root, string name, float minimum, float maximum, bool isNeeded = false)
    {
        if (!TryGet(root, name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && number >= minimum && number <= maximum
            ? number
            : throw new DocumentRejectedException(name, $"is not a number from {minimum} to {maximum}", Fix("such a number", isNeeded));
    }

    /// <summary>A number above 0 and at most 1.</summary>
    /// <exception cref="DocumentRejectedException">It is not one.</exception>
    public static float? Share(JsonElement root, string name)
    {
        if (!TryGet(root, name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && number is > 0 and <= 1
            ? number
            : throw new DocumentRejectedException(name, "is not a number above 0 and at most 1", Fix("such a number", isNeeded: false));
    }

    /// <summary>A time, or a day, which is its beginning; in UTC unless it says otherwise.</summary>
    /// <exception cref="DocumentRejectedException">It is not one.</exception>
    public static DateTimeOffset? Time(JsonElement root, string name) => Text(root, name) is { } text ? RequestTime.Parse(name, text) : null;

    /// <summary>True or false.</summary>
    /// <exception cref="DocumentRejectedException">It is not one.</exception>
    public static bool? Flag(JsonElement root, string name)
    {
        if (!TryGet(root, name, out var value))
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new DocumentRejectedException(name, "is neither true nor false", "Send one of them or leave the field out.");
    }

    /// <summary>The text of a value known to be a string.</summary>
    /// <exception cref="DocumentRejectedException">Half a surrogate pair, or bytes that are not UTF-8: found only when a string is taken out.</exception>
    public static string Unicode(string field, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new DocumentRejectedException(field, "is no valid Unicode", "Send UTF-8, and characters beyond U+FFFF whole.", error);
        }
    }

    /// <returns>False: it is left out, or null.</returns>
    public static bool TryGet(JsonElement root, string name, out JsonElement value) =>
        root.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private static string Fix(string what, bool isNeeded) => $"Send {what}{(isNeeded ? "" : " or leave the field out")}.";

    private static JsonDocument Parse(ReadOnlyMemory<byte> utf8, DocumentLimits limits)
    {
        try
        {
            return JsonDocument.Parse(ByteOrderMark.Skip(utf8), new JsonDocumentOptions { MaxDepth = limits.MaxJsonDepth, AllowDuplicateProperties = false });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second: a field's name that is no valid Unicode.
            throw new DocumentRejectedException("$", $"is not valid JSON: {error.Message}", "Send one JSON object in UTF-8.", error);
        }
    }
}
