namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>A figure and where it lies with 95 % confidence.</summary>
/// <param name="Low">Not a number where the items don't tell; so is <paramref name="High"/>.</param>
public readonly record struct Interval(double Value, double Low, double High)
{
    /// <summary>Of a single draw nothing is known about others.</summary>
    public static Interval NotEstimable(double value) => new(value, double.NaN, double.NaN);

    /// <summary>Whether there are bounds.</summary>
    public bool IsEstimable => !double.IsNaN(Low);

    /// <param name="bound">How a bound is written.</param>
    /// <param name="between">Stands between the two.</param>
    public string Bounds(Func<double, string> bound, string between) => IsEstimable ? bound(Low) + between + bound(High) : "not estimable";
}
