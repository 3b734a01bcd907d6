using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Generations;

/// <summary>
/// A sequence embedding as bytes, little-endian: int32 format, int32 P, int32 D, P times {int32 source part, int32 kind, int32 start, int32 length},
/// then (P + 1) x D numbers of 16 bits: the part vectors and the document vector. Everything is aligned to its size.
/// </summary>
internal static class PackedSequence
{
    private const int Format = 1;
    private const int HeaderBytes = 12;
    private const int PartBytes = 16;

    public static byte[] Pack(SequenceEmbedding sequence)
    {
        var count = sequence.Parts.Count;
        var dimension = sequence.Dimension;
        var bytes = new byte[HeaderBytes + count * PartBytes + (count + 1) * dimension * sizeof(ushort)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Format);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), dimension);
        var at = HeaderBytes;
        foreach (var part in sequence.Parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), part.SourcePart);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 4), (int)part.Kind);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 8), part.Start);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + 12), part.Length);
            at += PartBytes;
        }
        HalfVector.Narrow(sequence.PartVectors.Span, bytes.AsSpan(at));
        HalfVector.Narrow(sequence.DocumentVector.Span, bytes.AsSpan(at + count * dimension * sizeof(ushort)));
        return bytes;
    }

    /// <summary>A view of one vector of what <see cref="Pack"/> has written.</summary>
    /// <param name="row">The part's index; their number for the document vector.</param>
    public static HalfVector Vector(byte[] packed, SequenceEmbedding sequence, int row)
    {
        var size = sequence.Dimension * sizeof(ushort);
        return new HalfVector(packed.AsMemory(HeaderBytes + sequence.Parts.Count * PartBytes + row * size, size));
    }

    /// <returns>The vectors widened to float32.</returns>
    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Pack"/> writes.</exception>
    public static SequenceEmbedding Unpack(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadInt32LittleEndian(bytes) != Format)
            throw new InvalidDataException($"Packed vectors of {bytes.Length} bytes do not start with format {Format}.");
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        var dimension = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (count < 0 || dimension < 1 || bytes.Length != HeaderBytes + (long)count * PartBytes + (count + 1L) * dimension * sizeof(ushort))
            throw new InvalidDataException($"Packed vectors of {bytes.Length} bytes can't hold {count} parts of {dimension} dimensions.");
        var parts = new EmbeddedPart[count];
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.Slice(HeaderBytes + i * PartBytes, PartBytes);
            parts[i] = new EmbeddedPart(
                BinaryPrimitives.ReadInt32LittleEndian(entry),
                (PartKind)BinaryPrimitives.ReadInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[8..]),
                BinaryPrimitives.ReadInt32LittleEndian(entry[12..]));
        }
        var bits = MemoryMarshal.Cast<byte, ushort>(bytes[(HeaderBytes + count * PartBytes)..]);
        var values = new float[(count + 1) * dimension];
        for (var i = 0; i < values.Length; i++)
        {
            var raw = BitConverter.IsLittleEndian ? bits[i] : BinaryPrimitives.ReverseEndianness(bits[i]);
            values[i] = (float)BitConverter.UInt16BitsToHalf(raw);
        }
        return new SequenceEmbedding(dimension, parts, values.AsMemory(0, count * dimension), values.AsMemory(count * dimension));
    }
}
