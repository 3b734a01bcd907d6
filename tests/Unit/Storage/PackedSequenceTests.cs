using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class PackedSequenceTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 1)]
    [InlineData(7, 33)]
    public void What_is_packed_comes_back_but_for_half_precision(int parts, int dimension)
    {
        var sequence = Sequence(parts, dimension);
        var packed = PackedSequence.Pack(sequence);
        var unpacked = PackedSequence.Unpack(packed);

        Assert.Equal((dimension, parts), (unpacked.Dimension, unpacked.Parts.Count));
        Assert.Equal(sequence.Parts, unpacked.Parts);
        Assert.Equal(sequence.PartVectors.ToArray().Select(v => (float)(Half)v), unpacked.PartVectors.ToArray());
        Assert.Equal(sequence.DocumentVector.ToArray().Select(v => (float)(Half)v), unpacked.DocumentVector.ToArray());
        Assert.All(Enumerable.Range(0, parts), i => Assert.Equal(unpacked.PartVector(i).ToArray(), PackedSequence.Vector(packed, sequence, i).Widen()));
        Assert.Equal(unpacked.DocumentVector.ToArray(), PackedSequence.Vector(packed, sequence, parts).Widen());
    }

    [Fact]
    public void Bytes_that_are_something_else_are_refused()
    {
        var packed = PackedSequence.Pack(Sequence(3, 4));
        Assert.Throws<InvalidDataException>(() => PackedSequence.Unpack([]));
        Assert.Throws<InvalidDataException>(() => PackedSequence.Unpack(packed.AsSpan(0, packed.Length - 1)));
        Assert.Throws<InvalidDataException>(() => PackedSequence.Unpack([2, .. packed[1..]]));
        // A count whose size overflows 32 bits.
        Assert.Throws<InvalidDataException>(() => PackedSequence.Unpack([.. packed[..4], 0xFF, 0xFF, 0xFF, 0x7F, .. packed[8..]]));
    }

    private static SequenceEmbedding Sequence(int parts, int dimension) => new(
        dimension,
        [.. Enumerable.Range(0, parts).Select(i => new EmbeddedPart(i / 2, (PartKind)(i % 2), i * 10, i))],
        Enumerable.Range(0, parts * dimension).Select(i => MathF.Sin(i)).ToArray(),
        Enumerable.Range(0, dimension).Select(i => MathF.Cos(i)).ToArray());
}
