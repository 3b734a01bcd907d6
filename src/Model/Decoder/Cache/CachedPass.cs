using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Decoder.Cache;

/// <summary>
/// Where a pass over sequences with caches reads and writes, worked out once for all layers. The tensors are the caller's scope's.
/// </summary>
internal sealed class CachedPass
{
    private readonly IReadOnlyList<KeyValueCache> caches;

    /// <exception cref="ArgumentException">The caches do not stand where the layout continues, or are of several pools.</exception>
    public CachedPass(IReadOnlyList<KeyValueCache> caches, SequenceLayout layout, Device device)
    {
        if (!layout.Pasts.SequenceEqual(caches.Select(static cache => cache.Length)))
            throw new ArgumentException($"Caches that hold {string.Join(", ", caches.Select(static cache => cache.Length))} tokens serve a sequence each that continues there.", nameof(layout));
        if (caches.Any(cache => cache.Pool != caches[0].Pool))
            throw new ArgumentException("The caches of a pass are of one pool.", nameof(caches));
        this.caches = caches;
        Layout = layout;
        for (var s = 0; s < caches.Count; s++)
            caches[s].CheckRoom(layout.Lengths[s]);

        while (Steps < caches.Count && layout.Lengths[Steps] == 1 && layout.Pasts[Steps] > 0)
            Steps++;
        StepLengths = new long[Steps];
        var blocks = new List<int>();
        for (var s = 0; s < Steps; s++)
        {
            StepLengths[s] = layout.Pasts[s] + 1;
            blocks.AddRange(caches[s].Blocks[..KeyValuePool.BlocksFor(layout.Pasts[s] + 1)]);
        }

        StepBlocks = [.. blocks];
        Stretches = [.. Enumerable.Range(Steps, caches.Count - Steps).Select(s => new CachedStretch(caches[s], layout.Starts[s], layout.Lengths[s], device))];
    }

    public SequenceLayout Layout { get; }

    /// <summary>The first so many sequences add one token to what they have: rows 0..Steps.</summary>
    public int Steps { get; }

    /// <summary>[Steps]: tokens of each, the new one counted.</summary>
    public long[] StepLengths { get; }

    /// <summary>The blocks of each in turn.</summary>
    public int[] StepBlocks { get; }

    /// <summary>The other sequences.</summary>
    public IReadOnlyList<CachedStretch> Stretches { get; }

    public (Tensor Keys, Tensor Values) Layer(int layer) => caches[0].Pool.Layer(layer);

    /// <summary>The pass is done.</summary>
    public void Advance()
    {
        for (var s = 0; s < caches.Count; s++)
            caches[s].Advance(Layout.Lengths[s]);
    }
}
