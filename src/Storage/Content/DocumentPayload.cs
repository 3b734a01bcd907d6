using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Content;

/// <summary>
/// A document as it could be sent again, for a record that only the store found to be bad: by then the original bytes are gone, the
/// decoded document and its pictures are not.
/// </summary>
internal static class DocumentPayload
{
    public static byte[] Write(DocumentUpsert upsert)
    {
        var document = upsert.Document;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, document.Id);
            if (document.Version is { } version)
                json.WriteNumber("version"u8, version);
            json.WriteString("tenant"u8, document.Tenant);
            json.WriteString("collection"u8, document.Collection);
            if (document.Title is { } title)
                json.WriteString("title"u8, title);
            if (document.Language is { } language)
                json.WriteString("language"u8, language);
            if (document.Time is { } time)
                json.WriteString("time"u8, time);
            if (document.Metadata is { } metadata)
            {
                json.WritePropertyName("metadata"u8);
                metadata.WriteTo(json);
            }
            WriteParts(json, upsert);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void WriteParts(Utf8JsonWriter json, DocumentUpsert upsert)
    {
        var image = 0;
        json.WriteStartArray("parts"u8);
        foreach (var part in upsert.Document.Parts)
        {
            json.WriteStartObject();
            if (part is TextPart text)
            {
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, text.Text);
            }
            else
            {
                var bytes = upsert.Images[image++];
                json.WriteString("type"u8, "image"u8);
                json.WriteBase64String("data"u8, bytes.Span);
                json.WriteString("media_type"u8, ImageMediaType.Of(bytes.Span, null));
                if (((ImagePart)part).Alt is { } alt)
                    json.WriteString("alt"u8, alt);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
