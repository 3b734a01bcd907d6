namespace UnifiedVlm.Bench.Serving;

/// <summary>Seconds that answers and refusals took. Thread-safe.</summary>
internal sealed class Latencies
{
    private readonly Lock gate = new();
    private readonly List<double> answered = [];
    private readonly List<double> refused = [];

    public int Answered => answered.Count;

    public int Refused => refused.Count;

    public static Latencies Of(IEnumerable<Latencies> parts)
    {
        var all = new Latencies();
        foreach (var part in parts)
        {
            all.answered.AddRange(part.answered);
            all.refused.AddRange(part.refused);
        }

        return all;
    }

    public void AddAnswered(double seconds)
    {
        lock (gate)
            answered.Add(seconds);
    }

    public void AddRefused(double seconds)
    {
        lock (gate)
            refused.Add(seconds);
    }

    /// <returns>Milliseconds; not a number without any.</returns>
    public double AnsweredMs(double share) => Quantile(answered, share);

    /// <inheritdoc cref="AnsweredMs"/>
    public double RefusedMs(double share) => Quantile(refused, share);

    private static double Quantile(List<double> seconds, double share)
    {
        if (seconds.Count == 0)
            return double.NaN;
        var sorted = seconds.Order().ToArray();
        return 1000 * sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
