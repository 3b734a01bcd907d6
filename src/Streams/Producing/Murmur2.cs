using System.Buffers.Binary;

namespace UnifiedVlm.Streams.Producing;

/// <summary>
/// The hash by which Kafka's own clients place a key (murmur2 with seed 0x9747b28c), so that every producer sends a document to the same
/// partition and its versions stay in order.
/// </summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    /// <summary>The partition of a key among <paramref name="count"/>.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int count) => (int)((Hash(key) & 0x7fffffff) % (uint)count);

    public static uint Hash(ReadOnlySpan<byte> key)
    {
        var hash = Seed ^ (uint)key.Length;
        for (; key.Length >= 4; key = key[4..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(key) * Multiplier;
            word ^= word >> 24;
            hash = (hash * Multiplier) ^ (word * Multiplier);
        }

        if (key.Length > 0)
        {
            for (var i = key.Length - 1; i >= 0; i--)
                hash ^= (uint)key[i] << (8 * i);
            hash *= Multiplier;
        }

        hash ^= hash >> 13;
        hash *= Multiplier;
        return hash ^ (hash >> 15);
    }
}
