using UnifiedVlm.Torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>What counts as a negative beside the other pairs of the batch, and what does not.</summary>
public sealed record InfoNceNegatives
{
    public static InfoNceNegatives InBatch { get; } = new();

    /// <summary>[n,n] bool: true where left i and right j of different pairs are known to say the same (equal captions, say). The diagonal is not read.</summary>
    public Tensor? Equal { get; init; }

    /// <summary>[e,D] unit vectors without a partner, against which each right row is told apart too.</summary>
    public Tensor? ExtraLeft { get; init; }

    /// <summary>[e,D] unit vectors without a partner, against which each left row is told apart too: captions that are nearly right, say.</summary>
    public Tensor? ExtraRight { get; init; }
}
