using System.Buffers;
using System.Runtime.InteropServices;
using Google.Protobuf;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>
/// Prepared documents as messages. They travel prepared: nodes without a device have processor time for that, and pixels, which are resampled and so no bytes any more,
/// come over exactly as float32, so that a vector is the same wherever it was computed.
/// </summary>
internal static class WireDocument
{
    private const int SpanFields = 3;

    public static EncodeRequest Write(PreparedDocument document, bool isQuery, ulong session)
    {
        var request = new EncodeRequest { Session = session, Query = isQuery, Alone = document.Alone };
        request.Windows.AddRange(document.Windows.Select(Write));
        return request;
    }

    public static Window Write(PreparedWindow window)
    {
        var written = new Window { Pictures = window.ImageCount, Pixels = Bytes(window.Pixels) };
        written.TokenIds.AddRange(window.TokenIds);
        foreach (var span in window.Spans)
            written.Spans.AddRange([(int)span.Kind, span.Start, span.Length]);
        return written;
    }

    public static Embedding Write(SequenceEmbedding embedding) => new() { Parts = Bytes(embedding.PartVectors.Span), Document = Bytes(embedding.DocumentVector.Span) };

    /// <exception cref="WireFormatException">It is no document of this model.</exception>
    public static PreparedDocument Read(EncodeRequest request, WireLimits limits)
    {
        if (request.Windows.Count == 0)
            throw new WireFormatException("windows: there is none.");
        var windows = new List<PreparedWindow>(request.Windows.Count);
        try
        {
            foreach (var window in request.Windows)
                windows.Add(Read(window, limits));

            // Where the parts come from matters to the sender only.
            return new PreparedDocument(windows, new EmbeddedPart[windows.Sum(static w => w.Spans.Length)]);
        }
        catch
        {
            foreach (var window in windows)
                window.Dispose();
            throw;
        }
    }

    /// <exception cref="WireFormatException">It is no window of this model.</exception>
    public static PreparedWindow Read(Window window, WireLimits limits)
    {
        ArgumentNullException.ThrowIfNull(window);
        if (window.TokenIds.Count == 0 || window.TokenIds.Count > limits.ContextTokens)
            throw new WireFormatException($"token_ids: there are {window.TokenIds.Count}, and the model takes 1 to {limits.ContextTokens}.");
        if (window.TokenIds.Any(id => id < 0 || id >= limits.Vocabulary))
            throw new WireFormatException($"token_ids: one is not within 0 to {limits.Vocabulary - 1}.");
        if (window.Spans.Count % SpanFields != 0)
            throw new WireFormatException($"spans: {window.Spans.Count} numbers are not {SpanFields} for each part.");
        var pixels = window.Pixels.Span;
        if (window.Pictures < 0 || pixels.Length != (long)window.Pictures * limits.PictureValues * sizeof(float))
            throw new WireFormatException($"pixels: {pixels.Length} bytes are not those of {window.Pictures} pictures.");
        if (window.TokenIds.Count(id => id == limits.ImageToken) is var places && places != (long)window.Pictures * limits.ImageTokens)
            throw new WireFormatException($"token_ids: {places} are a picture's, and {window.Pictures} pictures take {limits.ImageTokens} each.");
        var spans = new PartSpan[window.Spans.Count / SpanFields];
        for (var i = 0; i < spans.Length; i++)
        {
            var (kind, start, length) = (window.Spans[i * SpanFields], window.Spans[(i * SpanFields) + 1], window.Spans[(i * SpanFields) + 2]);
            if (!Enum.IsDefined((PartKind)kind) || start < 0 || length < 1 || start > window.TokenIds.Count - length)
                throw new WireFormatException($"spans: part {i} is not within the window.");
            spans[i] = new PartSpan((PartKind)kind, start, length);
        }

        var count = pixels.Length / sizeof(float);
        var values = count == 0 ? null : ArrayPool<float>.Shared.Rent(count);
        MemoryMarshal.Cast<byte, float>(pixels).CopyTo(values);
        return new PreparedWindow([.. window.TokenIds], spans, values, count, window.Pictures);
    }

    /// <param name="parts">As the sender knows them.</param>
    /// <exception cref="WireFormatException">It is not the embedding of such a document.</exception>
    public static SequenceEmbedding Read(Embedding embedding, IReadOnlyList<EmbeddedPart> parts, int dimension)
    {
        if (embedding.Document.Length != dimension * sizeof(float) || embedding.Parts.Length != (long)parts.Count * dimension * sizeof(float))
            throw new WireFormatException($"{embedding.Parts.Length} and {embedding.Document.Length} bytes are not {parts.Count} vectors and one of dimension {dimension}.");
        return new SequenceEmbedding(dimension, parts, Floats(embedding.Parts), Floats(embedding.Document));
    }

    private static ByteString Bytes(ReadOnlySpan<float> values) => ByteString.CopyFrom(MemoryMarshal.AsBytes(values));

    private static float[] Floats(ByteString bytes) => MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();
}
