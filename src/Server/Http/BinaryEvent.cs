using System.Buffers;
using System.Text.Json;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// A CloudEvent in the binary mode of HTTP: attributes as <c>ce-</c> headers, the document as the body. The inbox keeps a body and its type, so the
/// event is written down in the structured mode, which says the same.
/// </summary>
internal static class BinaryEvent
{
    public const string Structured = "application/cloudevents+json";

    private const string Prefix = "ce-";

    /// <summary>The content type comes first: a structured event may repeat its attributes as headers.</summary>
    public static bool Is(IHeaderDictionary headers, string contentType) => !contentType.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase)
        && (headers.ContainsKey("ce-specversion") || headers.ContainsKey("ce-type") || headers.ContainsKey("ce-source"));

    /// <param name="contentType">Null: none was sent.</param>
    /// <exception cref="DocumentRejectedException">A header occurs twice, or the body is no JSON.</exception>
    public static ReadOnlyMemory<byte> ToStructured(IHeaderDictionary headers, string? contentType, ReadOnlyMemory<byte> body)
    {
        var written = new ArrayBufferWriter<byte>(body.Length + 1024);
        using var json = new Utf8JsonWriter(written);
        json.WriteStartObject();
        foreach (var (name, values) in headers.Where(static h => h.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            if (values is not [{ } value])
                throw new DocumentRejectedException($"headers.{name}", "occurs twice", "Send every header once.");
            var attribute = name[Prefix.Length..].ToLowerInvariant();
            if (attribute is "data" or "data_base64" or "datacontenttype")
                throw new DocumentRejectedException($"headers.{name}", "is no attribute of an event", "Send the document as the body, and its type as Content-Type.");
            // What is not printable ASCII comes percent-encoded.
            json.WriteString(attribute, Uri.UnescapeDataString(value));
        }

        if (contentType is not null)
            json.WriteString("datacontenttype", contentType);
        if (!body.Span.Trim(" \t\r\n"u8).IsEmpty)
            WriteData(json, body.Span);
        json.WriteEndObject();
        json.Flush();
        return written.WrittenMemory;
    }

    /// <summary>Looked through, so that what is no JSON can't say more than the headers do.</summary>
    private static void WriteData(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        json.WritePropertyName("data");
        try
        {
            json.WriteRawValue(body, skipInputValidation: false);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new DocumentRejectedException("$", "is not valid JSON", "Send one complete JSON object in UTF-8.", error);
        }
    }
}
