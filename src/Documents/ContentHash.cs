using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Documents;

/// <summary>
/// Tells whether a document is the one that is stored: SHA-256 over a canonical form of everything that is stored, the version excluded.
/// Where a picture came from and the order of metadata names don't matter. Values are length-prefixed, so that no two documents share a form.
/// </summary>
public static class ContentHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Names the canonical form: changing the form must change every hash.</summary>
    private static ReadOnlySpan<byte> FormName => "uvlm-content-1"u8;

    /// <param name="document">The document; its inline data and paths are not looked at.</param>
    /// <param name="images">The encoded bytes of its pictures, in the order of its image parts.</param>
    /// <returns>32 bytes.</returns>
    /// <exception cref="ArgumentException"><paramref name="images"/> has not one entry per image part.</exception>
    public static byte[] Compute(InterleavedDocument document, IReadOnlyList<ReadOnlyMemory<byte>> images)
    {
        var expected = document.Parts.Count(static p => p is ImagePart);
        if (images.Count != expected)
            throw new ArgumentException($"The document has {expected} pictures, {images.Count} were given.", nameof(images));

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(FormName);
        Append(hash, document.Tenant);
        Append(hash, document.Id);
        Append(hash, document.Collection);
        Append(hash, document.Title);
        Append(hash, document.Language);

        // The instant in microseconds is what the database keeps of a time.
        AppendNumber(hash, document.Time is { } time ? time.UtcTicks / TimeSpan.TicksPerMicrosecond : -1);
        AppendMetadata(hash, document.Metadata);
        AppendNumber(hash, document.Parts.Count);
        var image = 0;
        foreach (var part in document.Parts)
        {
            switch (part)
            {
                case TextPart text:
                    hash.AppendData("t"u8);
                    Append(hash, text.Text);
                    break;
                case ImagePart picture:
                    hash.AppendData("i"u8);
                    var bytes = images[image++].Span;
                    AppendNumber(hash, bytes.Length);
                    hash.AppendData(bytes);
                    Append(hash, picture.Alt);
                    break;
            }
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, string? text)
    {
        // Absent and empty are stored alike.
        var count = Encoding.UTF8.GetByteCount(text ?? "");
        AppendNumber(hash, count);
        if (count == 0)
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(count);
        hash.AppendData(buffer, 0, Encoding.UTF8.GetBytes(text, buffer));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static void AppendNumber(IncrementalHash hash, long number)
    {
        Span<byte> buffer = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(buffer, number);
        hash.AppendData(buffer);
    }

    private static void AppendMetadata(IncrementalHash hash, JsonObject? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        if (metadata is { Count: > 0 })
        {
            using var json = new Utf8JsonWriter(buffer);
            WriteSorted(json, metadata);
        }

        AppendNumber(hash, buffer.WrittenCount);
        hash.AppendData(buffer.WrittenSpan);
    }

    private static void WriteSorted(Utf8JsonWriter json, JsonNode? node)
    {
        switch (node)
        {
            case null:
                json.WriteNullValue();
                break;
            case JsonObject members:
                json.WriteStartObject();
                foreach (var (name, value) in members.OrderBy(static m => m.Key, StringComparer.Ordinal))
                {
                    json.WritePropertyName(name);
                    WriteSorted(json, value);
                }

                json.WriteEndObject();
                break;
            case JsonArray items:
                json.WriteStartArray();
                foreach (var item in items)
                    WriteSorted(json, item);
                json.WriteEndArray();
                break;
            default:
                node.WriteTo(json);
                break;
        }
    }
}
