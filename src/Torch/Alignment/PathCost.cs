namespace UnifiedVlm.Torch.Alignment;

/// <summary>What the best alignment path minimises.</summary>
public enum PathCost
{
    /// <summary>The sum of squared distances: the path of dynamic time warping.</summary>
    SquaredDistance = 0,

    /// <summary>The sum of phi, the negated log of the local kernel: the path that contributes most to the alignment kernel.</summary>
    LocalKernel = 1,
}
