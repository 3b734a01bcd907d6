namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>The score interval for a share (Wilson 1927): unlike the normal approximation it is right for few items and for shares near 0 and 1.</summary>
public static class Wilson
{
    private const double Z = 1.959963984540054;

    /// <param name="count">At least 1.</param>
    public static Interval Of(int successes, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, count);
        var share = (double)successes / count;
        var scale = 1 + Z * Z / count;
        var centre = (share + Z * Z / (2 * count)) / scale;
        var half = Z / scale * Math.Sqrt(share * (1 - share) / count + Z * Z / (4.0 * count * count));
        return new Interval(share, Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
