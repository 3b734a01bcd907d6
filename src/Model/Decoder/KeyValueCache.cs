using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>
/// Rotated keys and values of one sequence, so that a step computes its new tokens only. Not thread-safe. Its tensors belong to no dispose scope.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] layers;

    /// <param name="capacity">Tokens it can hold.</param>
    public KeyValueCache(ModelConfig config, int capacity, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
        layers = new (Tensor, Tensor)[config.LmBlocks];
        for (var i = 0; i < layers.Length; i++)
            layers[i] = (Buffer(), Buffer());

        // [1,G,capacity,E]
        Tensor Buffer() => empty([1, config.LmKeyValueHeads, capacity, config.LmHeadDim], float32, device).DetachFromDisposeScope();
    }

    public int Capacity { get; }

    /// <summary>Tokens held.</summary>
    public int Length { get; private set; }

    public void Dispose()
    {
        foreach (var (keys, values) in layers)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    /// <summary>Puts new keys and values [1,G,T,E] after what a layer holds.</summary>
    /// <returns>All of them, [1,G,past+T,E]: views that the next call leaves as they are.</returns>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var count = (int)keys.size(2);
        if (Length + count > Capacity)
            throw new InvalidOperationException($"The cache holds {Length} of {Capacity} tokens; {count} more do not fit.");
        var (allKeys, allValues) = layers[layer];
        allKeys.narrow(2, Length, count).copy_(keys);
        allValues.narrow(2, Length, count).copy_(values);
        return (allKeys.narrow(2, 0, Length + count), allValues.narrow(2, 0, Length + count));
    }

    /// <summary>Called once all layers have appended.</summary>
    internal void Advance(int count) => Length += count;
}
