using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder.Cache;

/// <summary>Several new tokens of one sequence: a prompt, or a stretch of it.</summary>
internal sealed class CachedStretch
{
    /// <param name="start">Its first row in the pass.</param>
    public CachedStretch(KeyValueCache cache, int start, int length, Device device)
    {
        (Start, Length, Past) = (start, length, cache.Length);
        NewSlots = tensor(cache.Slots(Past, length), device: device);
        if (Past == 0)
            return;
        AllSlots = tensor(cache.Slots(0, Past + length), device: device);

        // Each sees all that was there and, of the new ones, what is not later.
        Mask = ones(length, Past + length, @bool, device).tril(Past);
    }

    public int Start { get; }

    public int Length { get; }

    /// <summary>Tokens that the cache holds already.</summary>
    public int Past { get; }

    /// <summary>[Length].</summary>
    public Tensor NewSlots { get; }

    /// <summary>[Past+Length]; null without a past.</summary>
    public Tensor? AllSlots { get; }

    /// <summary>[Length,Past+Length]; null without a past.</summary>
    public Tensor? Mask { get; }
}
