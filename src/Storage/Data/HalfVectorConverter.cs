using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Npgsql.Internal;

#pragma warning disable NPG9001 // Npgsql's extension points are marked experimental; the version is pinned.

namespace UnifiedVlm.Storage.Data;

/// <summary><c>halfvec</c> on the wire: int16 dimension, int16 zero, then the numbers, all in network byte order.</summary>
internal sealed class HalfVectorConverter : PgStreamingConverter<HalfVector>
{
    private const int HeaderBytes = 4;

    public override Size GetSize(SizeContext context, HalfVector value, ref object? writeState) => HeaderBytes + value.Bytes.Length;

    public override HalfVector Read(PgReader reader) => Parse(reader.ReadBytes(reader.CurrentRemaining));

    public override async ValueTask<HalfVector> ReadAsync(PgReader reader, CancellationToken cancellationToken = default)
        => Parse(await reader.ReadBytesAsync(reader.CurrentRemaining, cancellationToken).ConfigureAwait(false));

    public override void Write(PgWriter writer, HalfVector value)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(HeaderBytes + value.Bytes.Length);
        writer.WriteBytes(Format(value, buffer).Span);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    public override async ValueTask WriteAsync(PgWriter writer, HalfVector value, CancellationToken cancellationToken = default)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(HeaderBytes + value.Bytes.Length);
        await writer.WriteBytesAsync(Format(value, buffer), cancellationToken).ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static ReadOnlyMemory<byte> Format(HalfVector value, byte[] buffer)
    {
        BinaryPrimitives.WriteInt16BigEndian(buffer, checked((short)value.Dimension));
        buffer.AsSpan(sizeof(short), sizeof(short)).Clear();
        Swap(value.Bytes.Span, buffer.AsSpan(HeaderBytes, value.Bytes.Length));
        return buffer.AsMemory(0, HeaderBytes + value.Bytes.Length);
    }

    private static HalfVector Parse(ReadOnlySequence<byte> sequence)
    {
        var bytes = sequence.Slice(HeaderBytes).ToArray();
        Swap(bytes, bytes);
        return new HalfVector(bytes);
    }

    /// <summary>Vectorised by the runtime; this is the hot loop of a write.</summary>
    private static void Swap(ReadOnlySpan<byte> source, Span<byte> target)
        => BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<byte, ushort>(target));
}
