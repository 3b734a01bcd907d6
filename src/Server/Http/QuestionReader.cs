using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// Reads the body of POST /v1/search and /v1/answer: <c>{"parts": [..], "tenant", "collection", "k", "max_tokens", "adapter", "filter", "from", "to"}</c>,
/// or <c>"text"</c> in place of parts. A question is a document, so its parts follow the rules of one.
/// </summary>
internal static class QuestionReader
{
    private static readonly string[] Fields = ["parts", "text", "tenant", "collection", "k", "max_tokens", "adapter", "filter", "from", "to"];

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    /// <exception cref="TenantRefusedException">It asks for another tenant's documents than the caller's.</exception>
    public static Question Read(ReadOnlyMemory<byte> utf8, DocumentLimits limits, Caller caller)
    {
        using var body = RequestJson.Parse(utf8, limits, "{\"parts\": [..]} or {\"text\": \"..\"}", Fields);
        var root = body.RootElement;
        var parsed = DocumentJson.Parse(Document(root), new DocumentReadOptions { Limits = limits });
        return new Question(
            parsed,
            caller.TenantOf(RequestJson.Text(root, "tenant")),
            RequestJson.Text(root, "collection"),
            (int?)RequestJson.Whole(root, "k", 1, 100),
            (int?)RequestJson.Whole(root, "max_tokens", 1, 1024),
            RequestJson.Text(root, "adapter"))
        {
            Filter = Filter.All(ReadFilter(root), Filter.Between(RequestJson.Time(root, "from"), RequestJson.Time(root, "to"))),
        };
    }

    /// <summary>In either form: an object, or a text.</summary>
    private static Filter? ReadFilter(JsonElement root) => !root.TryGetProperty("filter", out var filter) || filter.ValueKind == JsonValueKind.Null ? null
        : filter.ValueKind == JsonValueKind.String ? FilterText.Parse(RequestJson.Unicode("filter", filter)) : FilterJson.Parse(filter);

    /// <summary>The question as a document. Its parts are copied byte by byte, so that what is wrong with them is found, and named, by the document's reader.</summary>
    private static ReadOnlyMemory<byte> Document(JsonElement root)
    {
        var hasText = root.TryGetProperty("text", out var text);
        if (hasText == root.TryGetProperty("parts", out var parts))
            throw new DocumentRejectedException("parts", hasText ? "stands beside text" : "is missing", "Send either parts or text.");
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
        if (text.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(RequestJson.Unicode("text", text)))
            throw new DocumentRejectedException("text", "is no text", "Send a string with at least one word.");
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text.GetString());
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
