using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Tests.Unit.Alignment;

/// <summary>Random packed sequences of unit vectors.</summary>
internal sealed record Sequences(float[] Rows, int[] Offsets, int Dimension)
{
    public int Count => Offsets.Length - 1;

    public PackedSequences Packed => new(Rows, Offsets, Dimension);

    public float[] RowsOf(int sequence) => Rows[(Offsets[sequence] * Dimension)..(Offsets[sequence + 1] * Dimension)];

    public static Sequences Random(int seed, int count, int maxLength, int dimension)
    {
        var random = new Random(seed);
        var offsets = new int[count + 1];
        for (var s = 0; s < count; s++)
            offsets[s + 1] = offsets[s] + random.Next(1, maxLength + 1);
        return new Sequences(UnitRows(random, offsets[^1], dimension), offsets, dimension);
    }

    public static float[] UnitRows(Random random, int rows, int dimension)
    {
        var values = new float[rows * dimension];
        for (var r = 0; r < rows; r++)
        {
            var row = values.AsSpan(r * dimension, dimension);
            double norm = 0;
            foreach (ref var value in row)
            {
                value = (float)(random.NextDouble() * 2 - 1);
                norm += value * value;
            }

            foreach (ref var value in row)
                value = (float)(value / Math.Sqrt(norm));
        }

        return values;
    }
}
