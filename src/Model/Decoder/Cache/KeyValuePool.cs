using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder.Cache;

/// <summary>
/// Rotated keys and values of all sequences under way, in blocks that any of them can have (Kwon et al., "Efficient Memory Management for Large
/// Language Model Serving with PagedAttention", arXiv 2309.06180), so that memory goes to tokens and not to what a text might become. A sequence has
/// all the blocks it may need from its start: none has to be broken off for another. Blocks that hold the beginning of a prompt are kept
/// while nobody needs the room, and shared. One thread at a time, the counts excepted. The tensors belong to no dispose scope.
/// </summary>
public sealed class KeyValuePool : IDisposable
{
    /// <summary>Tokens of a block: few, so that little of a last block is wasted; enough for a block's keys to be a stretch of memory.</summary>
    public const int BlockTokens = 16;

    private readonly (Tensor Keys, Tensor Values)[] layers;
    private readonly Stack<int> free;
    private readonly int[] holders;
    private readonly PrefixTree prefixes;
    private int usedBlocks;
    private long sharedTokens;

    /// <param name="tokens">Tokens it can hold, rounded up to whole blocks. Memory is taken as they come.</param>
    /// <param name="type">Of the model's weights.</param>
    public KeyValuePool(ModelConfig config, int tokens, Device? device = null, ScalarType type = float32)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        Blocks = BlocksFor(tokens);
        Bytes = Blocks * BlockTokens * TokenBytes(config, type);
        holders = new int[Blocks];
        prefixes = new PrefixTree(Blocks);

        // The lowest first, and what was used last before what never was: its memory is there.
        free = new Stack<int>(Enumerable.Range(0, Blocks).Reverse());
        layers = new (Tensor, Tensor)[config.LmBlocks];
        for (var i = 0; i < layers.Length; i++)
            layers[i] = (Buffer(), Buffer());

        // [slots,G,E]
        Tensor Buffer() => empty([(long)Blocks * BlockTokens, config.LmKeyValueHeads, config.LmHeadDim], type, device).DetachFromDisposeScope();
    }

    public int Blocks { get; }

    /// <summary>Of all blocks.</summary>
    public long Bytes { get; }

    /// <summary>Blocks of sequences under way.</summary>
    public int UsedBlocks => Volatile.Read(ref usedBlocks);

    /// <summary>Prompt tokens that did not have to be computed, since the beginning.</summary>
    public long SharedTokens => Interlocked.Read(ref sharedTokens);

    /// <summary>Bytes of a token's keys and values.</summary>
    public static long TokenBytes(ModelConfig config, ScalarType type) =>
        2L * config.LmBlocks * config.LmKeyValueHeads * config.LmHeadDim * (type == float32 ? sizeof(float) : sizeof(short));

    public static int BlocksFor(int tokens) => (tokens + BlockTokens - 1) / BlockTokens;

    /// <summary>Room for a sequence.</summary>
    /// <param name="capacity">The most tokens it will have.</param>
    /// <param name="prefix">What it begins with and may share; null shares nothing.</param>
    /// <returns>A cache that holds what was found of the prefix already; null while others have the room.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The pool as a whole is smaller than that.</exception>
    public KeyValueCache? TryReserve(int capacity, CachedPrefix? prefix = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var needed = BlocksFor(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(needed, Blocks, nameof(capacity));
        var blocks = new List<int>(needed);
        if (prefix is not null)
            blocks.AddRange(prefixes.Find(prefix).Take(needed));

        // Held first: making room must not take them.
        var shared = blocks.Count;
        blocks.ForEach(Hold);
        if (needed - shared > free.Count + prefixes.Unheld)
        {
            Release(blocks);
            return null;
        }

        while (blocks.Count < needed)
        {
            var block = free.TryPop(out var unused) ? unused : prefixes.Evict();
            Hold(block);
            blocks.Add(block);
        }

        Interlocked.Add(ref sharedTokens, shared * BlockTokens);
        return new KeyValueCache(this, [.. blocks], shared * BlockTokens);
    }

    public void Dispose()
    {
        foreach (var (keys, values) in layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    /// <summary>Keys and values of a layer, [slots,G,E] each.</summary>
    internal (Tensor Keys, Tensor Values) Layer(int layer) => layers[layer];

    /// <summary>Lets later sequences share the blocks that a prefix fills.</summary>
    internal void Share(CachedPrefix prefix, IReadOnlyList<int> blocks) => prefixes.Add(prefix, blocks);

    internal void Release(IReadOnlyList<int> blocks)
    {
        // The last ones first: what is forgotten first is what the fewest prompts begin with.
        for (var i = blocks.Count - 1; i >= 0; i--)
        {
            if (--holders[blocks[i]] > 0)
                continue;
            Volatile.Write(ref usedBlocks, usedBlocks - 1);
            if (!prefixes.Keep(blocks[i]))
                free.Push(blocks[i]);
        }
    }

    private void Hold(int block)
    {
        if (holders[block]++ > 0)
            return;
        Volatile.Write(ref usedBlocks, usedBlocks + 1);
        prefixes.Take(block);
    }
}
