namespace UnifiedVlm.Model.Decoder.Cache;

/// <summary>What one sequence has in a <see cref="KeyValuePool"/>, so that a step computes its new tokens only. Disposing gives its blocks back.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly KeyValuePool pool;
    private int[] blocks;

    internal KeyValueCache(KeyValuePool pool, int[] blocks, int length)
    {
        this.pool = pool;
        this.blocks = blocks;
        Length = length;
        Capacity = blocks.Length * KeyValuePool.BlockTokens;
    }

    public int Capacity { get; }

    /// <summary>Tokens held.</summary>
    public int Length { get; private set; }

    internal KeyValuePool Pool => pool;

    /// <summary>In the order of the tokens.</summary>
    internal ReadOnlySpan<int> Blocks => blocks;

    public void Dispose() => pool.Release(Interlocked.Exchange(ref blocks, []));

    /// <summary>Lets other sequences begin with this one's blocks. What the prefix says must have been computed.</summary>
    internal void Share(CachedPrefix prefix) => pool.Share(prefix, blocks);

    /// <summary>The pool's rows of the tokens from one place on, [count].</summary>
    internal long[] Slots(int from, int count)
    {
        var slots = new long[count];
        for (var i = 0; i < count; i++)
            slots[i] = ((long)blocks[(from + i) / KeyValuePool.BlockTokens] * KeyValuePool.BlockTokens) + ((from + i) % KeyValuePool.BlockTokens);
        return slots;
    }

    /// <exception cref="InvalidOperationException">They are more than it has room for.</exception>
    internal void CheckRoom(int count)
    {
        if (Length + count > Capacity)
            throw new InvalidOperationException($"The cache holds {Length} of {Capacity} tokens; {count} more do not fit.");
    }

    /// <summary>Forgets what stands behind the first tokens, if there is anything.</summary>
    internal void TakeBack(int length) => Length = Math.Min(Length, length);

    /// <summary>Called once all layers have written.</summary>
    internal void Advance(int count) => Length += count;
}
