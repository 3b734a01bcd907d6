using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace UnifiedVlm.Documents.Json;

/// <summary>The JSON form of a document, as docs/document.schema.json describes it.</summary>
public static class DocumentJson
{
    /// <summary>
    /// Reads one document strictly: unknown and duplicate fields are refused, limits hold before memory is taken, and nothing of
    /// <paramref name="utf8"/> is referred to by the result.
    /// </summary>
    /// <exception cref="DocumentRejectedException">Names the field, what is wrong with it and what to do.</exception>
    public static InterleavedDocument Parse(ReadOnlyMemory<byte> utf8, DocumentReadOptions? options = null) =>
        Parse(utf8.Span, options ?? DocumentReadOptions.Default, root: null);

    /// <summary>Writes a document on one line, as <see cref="Parse(ReadOnlyMemory{byte}, DocumentReadOptions)"/> reads it.</summary>
    public static void Write(IBufferWriter<byte> output, InterleavedDocument document) => DocumentWriter.Write(output, document);

    /// <summary>The document as UTF-8.</summary>
    public static byte[] Serialize(InterleavedDocument document)
    {
        var buffer = new ArrayBufferWriter<byte>(DocumentWriter.EstimateSize(document));
        Write(buffer, document);
        return buffer.WrittenSpan.ToArray();
    }

    internal static InterleavedDocument Parse(ReadOnlySpan<byte> utf8, DocumentReadOptions options, string? root)
    {
        var here = root ?? "$";
        if (utf8.Length > options.Limits.MaxDocumentBytes)
        {
            throw new DocumentRejectedException(
                here, $"is {utf8.Length} bytes long, the limit is {options.Limits.MaxDocumentBytes}", "Split the document or scale its pictures down.");
        }

        var reader = new DocumentReader(ByteOrderMark.Skip(utf8), options, root);
        try
        {
            return reader.Read();
        }
        catch (JsonException e)
        {
            throw Broken(here, e, reader.Reading);
        }
    }

    internal static DocumentRejectedException Broken(string field, JsonException e, string reading = "") =>
        new(
            field,
            string.Create(CultureInfo.InvariantCulture, $"is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}{reading}"),
            "Send one complete JSON object in UTF-8.",
            e);
}
