namespace UnifiedVlm.Bench.Queries;

/// <summary>Milliseconds of many measurements.</summary>
internal sealed class Quantiles
{
    private readonly double[] sorted;

    public Quantiles(IEnumerable<double> milliseconds) => sorted = [.. milliseconds.Order()];

    public double P50 => At(0.5);

    public double P95 => At(0.95);

    public double Mean => sorted.Average();

    public override string ToString() => FormattableString.Invariant($"{P50:0.00} | {P95:0.00}");

    /// <summary>The smallest that a share of all does not exceed.</summary>
    private double At(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
