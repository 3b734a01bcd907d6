namespace UnifiedVlm.Model.Decoder;

/// <summary>
/// Where sequences stand in a packed batch: their tokens one after another, [N,d] with N the sum of their lengths. Nothing is padded, so
/// no sequence can see or shift another.
/// </summary>
public sealed class SequenceLayout
{
    private SequenceLayout(int[] lengths, int[] pasts)
    {
        Lengths = lengths;
        Pasts = pasts;
        Starts = new int[lengths.Length];
        for (var i = 1; i < lengths.Length; i++)
            Starts[i] = Starts[i - 1] + lengths[i - 1];
        TokenCount = lengths.Sum();
        HighestPosition = lengths.Zip(pasts, static (length, past) => past + length).Max() - 1;
    }

    /// <summary>New tokens of each sequence.</summary>
    public int[] Lengths { get; }

    /// <summary>Tokens of each sequence that a cache already holds.</summary>
    public int[] Pasts { get; }

    /// <summary>First row of each sequence.</summary>
    public int[] Starts { get; }

    /// <summary>What the later tokens of a sequence do not see, by sequence; empty where all see all that stands before them.</summary>
    public IReadOnlyList<SequenceCut?> Cuts { get; private init; } = [];

    /// <summary>N.</summary>
    public int TokenCount { get; }

    public int HighestPosition { get; }

    /// <summary>Whole sequences, each from position 0.</summary>
    public static SequenceLayout Of(params int[] lengths)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lengths.Length, nameof(lengths));
        foreach (var length in lengths)
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(lengths));
        return new SequenceLayout(lengths, new int[lengths.Length]);
    }

    /// <summary>Whole sequences, in some of which later tokens see the end of the earlier ones only.</summary>
    /// <param name="cuts">One for each sequence; null where there is none.</param>
    /// <exception cref="ArgumentException">A cut lies outside its sequence, or there are not as many as sequences.</exception>
    public static SequenceLayout Of(int[] lengths, IReadOnlyList<SequenceCut?> cuts)
    {
        var plain = Of(lengths);
        if (cuts.All(static cut => cut is null))
            return plain;
        if (cuts.Count != lengths.Length)
            throw new ArgumentException($"{cuts.Count} cuts are given for {lengths.Length} sequences.", nameof(cuts));
        for (var s = 0; s < lengths.Length; s++)
        {
            if (cuts[s] is { } cut && !(cut.VisibleFrom >= 0 && cut.VisibleFrom <= cut.Start && cut.Start > 0 && cut.Start < lengths[s]))
                throw new ArgumentException($"{cut} lies outside a sequence of {lengths[s]} tokens.", nameof(cuts));
        }

        return new SequenceLayout(lengths, plain.Pasts) { Cuts = cuts };
    }

    /// <summary>One sequence that continues what its cache holds.</summary>
    public static SequenceLayout Continue(int length, int past) => Continue([length], [past]);

    /// <summary>Sequences that continue what a cache of each holds.</summary>
    /// <param name="pasts">What each cache holds.</param>
    public static SequenceLayout Continue(int[] lengths, int[] pasts)
    {
        if (pasts.Length != lengths.Length)
            throw new ArgumentException($"{pasts.Length} pasts are given for {lengths.Length} sequences.", nameof(pasts));
        foreach (var length in lengths)
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(lengths));
        foreach (var past in pasts)
            ArgumentOutOfRangeException.ThrowIfNegative(past, nameof(pasts));
        return new SequenceLayout(lengths, pasts);
    }

    /// <summary>Each row's position within its own sequence, [N].</summary>
    public long[] Positions()
    {
        var positions = new long[TokenCount];
        for (var s = 0; s < Lengths.Length; s++)
        {
            for (var i = 0; i < Lengths[s]; i++)
                positions[Starts[s] + i] = Pasts[s] + i;
        }

        return positions;
    }
}
