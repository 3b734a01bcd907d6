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

    public override Size GetSize(SizeContext context, HalfVector value, ref object? writeState) => HeaderBytes + value.Values.Length * sizeof(ushort);

    public override HalfVector Read(PgReader reader) => Parse(reader.ReadBytes(reader.CurrentRemaining));

    public override async ValueTask<HalfVector> ReadAsync(PgReader reader, CancellationToken cancellationToken = default)
        => Parse(await reader.ReadBytesAsync(reader.CurrentRemaining, cancellationToken).ConfigureAwait(false));

    public override void Write(PgWriter writer, HalfVector value) => writer.WriteBytes(Format(value));

    public override async ValueTask WriteAsync(PgWriter writer, HalfVector value, CancellationToken cancellationToken = default)
        => await writer.WriteBytesAsync(Format(value), cancellationToken).ConfigureAwait(false);

    private static byte[] Format(HalfVector value)
    {
        var bytes = new byte[HeaderBytes + value.Values.Length * sizeof(ushort)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, checked((short)value.Values.Length));
        var body = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(HeaderBytes));
        // Vectorised by the runtime; this is the hot loop of a write.
        BinaryPrimitives.ReverseEndianness(value.Bits, body);
        return bytes;
    }

    private static HalfVector Parse(ReadOnlySequence<byte> sequence)
    {
        var bytes = sequence.ToArray();
        var values = new Half[BinaryPrimitives.ReadInt16BigEndian(bytes)];
        BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(HeaderBytes)), MemoryMarshal.Cast<Half, ushort>(values.AsSpan()));
        return new HalfVector(values);
    }
}
