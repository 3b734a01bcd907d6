using static UnifiedVlm.Torch.Alignment.AlignNative;

namespace UnifiedVlm.Torch.Alignment;

public static partial class AlignmentKernel
{
    /// <summary>The largest n x m a path is traced for; it takes a byte per cell.</summary>
    public const long MaxPathCells = 64L << 20;

    /// <summary>The best single alignment of a query and one candidate, in order; for showing which part met which.</summary>
    /// <param name="query">[n, D].</param>
    /// <param name="candidate">[m, D].</param>
    /// <param name="sigma">Width of the local kernel; unused by <see cref="PathCost.SquaredDistance"/>.</param>
    /// <returns>From (0, 0) to (n - 1, m - 1), each step advancing the query, the candidate or both; between max(n, m) and n + m - 1 pairs.</returns>
    public static unsafe AlignedPair[] BestPath(
        ReadOnlySpan<float> query, ReadOnlySpan<float> candidate, int dimension, PathCost cost = PathCost.SquaredDistance, float sigma = 0.5f)
    {
        CheckWidth(sigma, nameof(sigma));
        var n = PackedSequences.Single(query, dimension).Length(0);
        var m = PackedSequences.Single(candidate, dimension).Length(0);
        if ((long)n * m > MaxPathCells)
            throw new ArgumentException($"{n} x {m} cells are more than {MaxPathCells}; trace a shorter stretch", nameof(candidate));
        var measure = cost switch
        {
            PathCost.SquaredDistance => Measure.Dtw,
            PathCost.LocalKernel => Measure.LogKernel,
            _ => throw new ArgumentOutOfRangeException(nameof(cost), cost, "is not a known cost"),
        };

        var steps = new int[2 * (n + m - 1)];
        var cosines = new float[n + m - 1];
        int count;
        Status status;
        fixed (float* x = query, y = candidate, similarity = cosines)
        fixed (int* step = steps)
            status = uvlm_align_path(measure, x, n, y, m, dimension, sigma, step, similarity, &count);
        ThrowIfFailed(status, 0);

        var path = new AlignedPair[count];
        for (var s = 0; s < count; s++)
            path[s] = new AlignedPair(steps[2 * s], steps[2 * s + 1], cosines[s]);
        return path;
    }
}
