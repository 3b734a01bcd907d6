using System.Text.Json.Nodes;

namespace UnifiedVlm.Bench.Serving;

/// <summary>Seconds that answers and refusals took. Thread-safe.</summary>
internal sealed class Latencies
{
    private static readonly string[] Stages = ["prepare", "encode", "candidates", "rerank", "load"];

    private readonly Lock gate = new();
    private readonly List<double> answered = [];
    private readonly List<double> refused = [];
    private readonly Dictionary<string, List<double>> stages = [];

    public int Answered => answered.Count;

    public int Refused => refused.Count;

    public static Latencies Of(IEnumerable<Latencies> parts)
    {
        var all = new Latencies();
        foreach (var part in parts)
        {
            all.answered.AddRange(part.answered);
            all.refused.AddRange(part.refused);
            foreach (var (stage, seconds) in part.stages)
                (all.stages.TryGetValue(stage, out var merged) ? merged : all.stages[stage] = []).AddRange(seconds);
        }

        return all;
    }

    /// <param name="timings">Milliseconds by stage, as the server says.</param>
    public void AddAnswered(double seconds, JsonObject timings)
    {
        lock (gate)
        {
            answered.Add(seconds);
            foreach (var stage in Stages)
                (stages.TryGetValue(stage, out var all) ? all : stages[stage] = []).Add((double)timings[stage]! / 1000);
        }
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

    /// <summary>Where the time goes, in milliseconds.</summary>
    public string ByStage(double share) => string.Join(", ", stages.Select(stage => $"{stage.Key} {Quantile(stage.Value, share):0}"));

    private static double Quantile(List<double> seconds, double share)
    {
        if (seconds.Count == 0)
            return double.NaN;
        var sorted = seconds.Order().ToArray();
        return 1000 * sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
