namespace UnifiedVlm.Torch.Alignment;

/// <summary>Sequences of vectors stored one after another: sequence s owns the rows [offsets[s], offsets[s + 1]).</summary>
public readonly ref struct PackedSequences
{
    /// <param name="rows">[sum of lengths, D], row-major.</param>
    /// <param name="offsets">Count + 1 row numbers, starting at 0, each sequence at least one row.</param>
    /// <param name="dimension">D.</param>
    /// <exception cref="ArgumentException">The offsets do not cut the rows into sequences.</exception>
    public PackedSequences(ReadOnlySpan<float> rows, ReadOnlySpan<int> offsets, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (offsets.Length < 2 || offsets[0] != 0)
            throw new ArgumentException("needs one row number per sequence and one more, starting at 0", nameof(offsets));
        for (var s = 1; s < offsets.Length; s++)
        {
            if (offsets[s] <= offsets[s - 1])
                throw new ArgumentException($"sequence {s - 1} is empty: its offsets are {offsets[s - 1]} and {offsets[s]}", nameof(offsets));
        }

        if ((long)offsets[^1] * dimension != rows.Length)
        {
            throw new ArgumentException(
                $"holds {rows.Length} values; {offsets[^1]} rows of {dimension} are {(long)offsets[^1] * dimension}", nameof(rows));
        }

        Rows = rows;
        Offsets = offsets;
        Dimension = dimension;
        Count = offsets.Length - 1;
    }

    private PackedSequences(ReadOnlySpan<float> rows, int dimension)
    {
        Rows = rows;
        Dimension = dimension;
        Count = 1;
    }

    public ReadOnlySpan<float> Rows { get; }

    /// <summary>Empty when there is a single sequence made by <see cref="Single"/>.</summary>
    internal ReadOnlySpan<int> Offsets { get; }

    public int Dimension { get; }

    public int Count { get; }

    /// <summary>One sequence: <paramref name="rows"/> is [n, D].</summary>
    /// <exception cref="ArgumentException">The rows are empty or not a multiple of the dimension.</exception>
    public static PackedSequences Single(ReadOnlySpan<float> rows, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (rows.IsEmpty || rows.Length % dimension != 0)
            throw new ArgumentException($"holds {rows.Length} values, which is not one or more rows of {dimension}", nameof(rows));
        return new PackedSequences(rows, dimension);
    }

    /// <summary>Rows of sequence <paramref name="sequence"/>.</summary>
    public int Length(int sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, Count);
        return Offsets.IsEmpty ? Rows.Length / Dimension : Offsets[sequence + 1] - Offsets[sequence];
    }
}
