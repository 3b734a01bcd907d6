using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// Reads the body of POST /v1/search and /v1/answer: <c>{"parts": [..], "tenant", "collection", "k", "max_tokens"}</c>, or <c>"text"</c> in
/// place of parts. A question is a document, so its parts follow the rules of one.
/// </summary>
internal static class QuestionReader
{
    private static readonly string[] Fields = ["parts", "text", "tenant", "collection", "k", "max_tokens"];

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public static Question Read(ReadOnlyMemory<byte> utf8, DocumentLimits limits)
    {
        if (utf8.Length > limits.MaxDocumentBytes)
            throw Rejected("$", $"has {utf8.Length} bytes, the limit is {limits.MaxDocumentBytes}", "Send smaller pictures or fewer of them.");
        using var body = Parse(utf8, limits);
        var root = body.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw Rejected("$", "is no JSON object", "Send {\"parts\": [..]} or {\"text\": \"..\"}.");
        foreach (var field in root.EnumerateObject())
        {
            if (!Fields.Contains(field.Name))
                throw Rejected(field.Name, "is not a known field", $"The fields are {string.Join(", ", Fields)}.");
        }

        var parsed = DocumentJson.Parse(Document(root), new DocumentReadOptions { Limits = limits });
        return new Question(
            parsed,
            Text(root, "tenant") ?? InterleavedDocument.DefaultTenant,
            Text(root, "collection"),
            Number(root, "k", 1, 100),
            Number(root, "max_tokens", 1, 1024));
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> utf8, DocumentLimits limits)
    {
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = limits.MaxJsonDepth, AllowDuplicateProperties = false });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second: a field's name that is no valid Unicode.
            throw new DocumentRejectedException("$", $"is not valid JSON: {error.Message}", "Send one JSON object in UTF-8.", error);
        }
    }

    /// <summary>Half a surrogate pair, or bytes that are not UTF-8, are found only when a string is taken out.</summary>
    private static T Unicode<T>(string field, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new DocumentRejectedException(field, "is no valid Unicode", "Send UTF-8, and characters beyond U+FFFF whole.", error);
        }
    }

    /// <summary>The question as a document. Its parts are copied byte by byte, so that what is wrong with them is found, and named, by the document's reader.</summary>
    private static ReadOnlyMemory<byte> Document(JsonElement root)
    {
        var hasText = root.TryGetProperty("text", out var text);
        if (hasText == root.TryGetProperty("parts", out var parts))
            throw Rejected("parts", hasText ? "stands beside text" : "is missing", "Send either parts or text.");
        var document = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(document);
        json.WriteStartObject();
        json.WriteString("id", "question");
        json.WritePropertyName("parts");
        if (hasText)
            WriteText(json, text);
        else
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(parts), skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        return document.WrittenMemory;
    }

    private static void WriteText(Utf8JsonWriter json, JsonElement text)
    {
        if (text.ValueKind != JsonValueKind.String || Unicode("text", text.GetString) is not { } words || string.IsNullOrWhiteSpace(words))
            throw Rejected("text", "is no text", "Send a string with at least one word.");
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", words);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static string? Text(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String && Unicode(name, value.GetString) is { Length: > 0 } text
            ? text
            : throw Rejected(name, "is no name", "Send a non-empty string or leave the field out.");
    }

    private static int? Number(JsonElement root, string name, int minimum, int maximum)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= minimum && number <= maximum
            ? number
            : throw Rejected(name, $"is not a whole number from {minimum} to {maximum}", "Send such a number or leave the field out.");
    }

    private static DocumentRejectedException Rejected(string field, string problem, string fix) => new(field, problem, fix);
}
