using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using UnifiedVlm.Documents.Rules;

namespace UnifiedVlm.Documents.Json;

internal static class DocumentWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static int EstimateSize(InterleavedDocument document)
    {
        // Room for escapes and for what the writer asks for beyond what it uses: growing would copy everything.
        var size = 2048L;
        foreach (var part in document.Parts)
        {
            size += part switch
            {
                TextPart text => (text.Text.Length * 5L / 4) + 64,
                ImagePart { Source: InlineImage image } => ((long)image.Data.Length * 4 / 3) + 128,
                _ => 128,
            };
        }

        return (int)Math.Min(size, Array.MaxLength);
    }

    public static void Write(IBufferWriter<byte> output, InterleavedDocument document)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("id", document.Id);
        if (document.Version is { } version)
            json.WriteNumber("version", version);
        // Left out it is the reader's to say: over HTTP the tenant of the sender's key.
        if (document.Tenant != InterleavedDocument.DefaultTenant)
            json.WriteString("tenant", document.Tenant);
        json.WriteString("collection", document.Collection);
        WriteOptional(json, "title", document.Title);
        WriteOptional(json, "language", document.Language);
        if (document.Time is { } time)
            json.WriteString("time", Rfc3339.Format(time));
        if (document.Metadata is { } metadata)
        {
            json.WritePropertyName("metadata");
            metadata.WriteTo(json);
        }

        json.WriteStartArray("parts");
        foreach (var part in document.Parts)
            WritePart(json, part);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, DocumentPart part)
    {
        json.WriteStartObject();
        if (part is TextPart text)
        {
            json.WriteString("type", "text");
            json.WriteString("text", text.Text);
        }
        else if (part is ImagePart image)
        {
            json.WriteString("type", "image");
            switch (image.Source)
            {
                case InlineImage inline:
                    WriteOptional(json, "media_type", inline.MediaType);
                    json.WriteBase64String("data", inline.Data.Span);
                    break;
                case FileImage file:
                    json.WriteString("path", file.Path);
                    break;
                case BlobImage blob:
                    json.WriteString("blob", blob.Sha256);
                    break;
                case UrlImage remote:
                    json.WriteString("url", remote.Url.AbsoluteUri);
                    break;
            }

            WriteOptional(json, "alt", image.Alt);
        }

        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            json.WriteString(name, value);
    }
}
