using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace UnifiedVlm.Documents.Json;

/// <summary>Documents that stand within other JSON.</summary>
public static class NestedDocumentJson
{
    /// <summary>The object's fields are copied byte by byte, so that what is wrong with them is found, and named, by the document's own reader.</summary>
    /// <param name="source">An object.</param>
    /// <param name="missingId">The id of a document that has none; null leaves that to the reader.</param>
    /// <param name="only">The fields to take; all unless given. A field that is not taken counts as missing.</param>
    /// <exception cref="DocumentRejectedException">As the document's reader throws it.</exception>
    public static InterleavedDocument Parse(JsonElement source, DocumentReadOptions options, string? missingId = null, IReadOnlyCollection<string>? only = null)
    {
        var copy = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(copy))
        {
            json.WriteStartObject();
            if (missingId is not null && !(Takes("id") && source.TryGetProperty("id", out _)))
                json.WriteString("id", missingId);
            foreach (var field in source.EnumerateObject().Where(field => Takes(field.Name)))
            {
                json.WritePropertyName(field.Name);
                json.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
            }

            json.WriteEndObject();
        }

        return DocumentJson.Parse(copy.WrittenMemory, options);

        bool Takes(string field) => only is null || only.Contains(field);
    }
}
