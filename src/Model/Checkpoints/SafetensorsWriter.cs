using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UnifiedVlm.Model.Checkpoints;

/// <summary>Writes safetensors files, whole or not at all.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Replaces <paramref name="path"/> at once; a reader sees the old file or the new one. Tensors are laid out in the order given.</summary>
    /// <exception cref="ArgumentException">A name occurs twice, a shape is impossible, or a tensor wrote a wrong number of bytes.</exception>
    public static void Write(string path, IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = MakeHeader(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in tensors)
            {
                var begin = stream.Position;
                tensor.WriteTo(stream);
                if (stream.Position - begin != ByteLength(tensor))
                    throw new ArgumentException($"Tensor '{tensor.Name}' wrote {stream.Position - begin} bytes instead of {ByteLength(tensor)}.", nameof(tensors));
            }
        });
    }

    private static byte[] MakeHeader(IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(static p => p.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }

            var names = new HashSet<string>(StringComparer.Ordinal);
            var offset = 0L;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"Tensor '{tensor.Name}' is given twice.", nameof(tensors));
                WriteEntry(json, tensor, ref offset);
            }

            json.WriteEndObject();
        }

        // Padded with spaces, so that the data begins aligned and a reader can use it in place.
        while ((sizeof(ulong) + buffer.Length) % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsTensor tensor, ref long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.ToString());
        json.WriteStartArray("shape");
        foreach (var side in tensor.Shape)
            json.WriteNumberValue(side);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset += ByteLength(tensor));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static long ByteLength(SafetensorsTensor tensor) => TensorTypes.CountOf(tensor.Shape, tensor.Type) is { } count
        ? count * TensorTypes.SizeOf(tensor.Type)
        : throw new ArgumentException($"Tensor '{tensor.Name}' has an impossible shape.", nameof(tensor));
}
