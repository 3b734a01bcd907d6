using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>Several steps in a row, summed up.</summary>
/// <param name="Step">Steps done at its end.</param>
/// <param name="Losses">Means over its steps, by their names in recipes.</param>
/// <param name="Norm">Largest norm of the gradient before clipping.</param>
/// <param name="FlopsPerStep">Operations of a step, on average.</param>
/// <param name="PeakShare">Operations a second over those of <see cref="TrainingPlan.PeakFlops"/>.</param>
/// <param name="DataShare">Of the time, for drawing and laying out.</param>
/// <param name="OptimizerShare">Of the time, for clipping and updating.</param>
/// <param name="ResidentBytes">Memory of the process at its end.</param>
/// <param name="AnonymousBytes">Of it what is the process's own; the rest are data files mapped into it, which count as far as they have been read.</param>
/// <param name="ManagedBytes">Of that what the runtime's heap takes, garbage that is not yet collected included.</param>
/// <param name="LiveHandles">Tensors and other native objects held at its end.</param>
public sealed record Interval(
    int Step, IReadOnlyDictionary<string, double> Losses, double LearningRate, double Norm, double Temperature,
    double SecondsPerStep, double TokensPerSecond, double SamplesPerSecond, double FlopsPerStep, double PeakShare, double DataShare, double OptimizerShare,
    long ResidentBytes, long AnonymousBytes, long ManagedBytes, long LiveHandles)
{
    private const string AnonymousLine = "RssAnon:";

    internal static Interval Of(OpenInterval steps, double peak) => new(
        steps.Step,
        steps.Losses.ToDictionary(static l => l.Key, static l => l.Value.Sum / l.Value.Steps),
        steps.LearningRate, steps.Norm, steps.Temperature, steps.Seconds / steps.Steps,
        steps.Tokens / steps.Seconds, steps.Samples / steps.Seconds, steps.Flops / steps.Steps, steps.Flops / steps.Seconds / peak,
        steps.DataSeconds / steps.Seconds, steps.OptimizerSeconds / steps.Seconds,
        Environment.WorkingSet, Anonymous(), GC.GetGCMemoryInfo().TotalCommittedBytes, torch.memory.live_handles);

    private static long Anonymous()
    {
        var line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith(AnonymousLine, StringComparison.Ordinal)).AsSpan(AnonymousLine.Length).Trim();
        return long.Parse(line[..line.IndexOf(' ')], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>A line of metrics.jsonl.</summary>
    public JsonObject ToJson() => new()
    {
        ["step"] = Step,
        ["losses"] = new JsonObject(Losses.Select(static l => KeyValuePair.Create(l.Key, (JsonNode?)Math.Round(l.Value, 6)))),
        ["lr"] = LearningRate,
        ["grad_norm"] = Math.Round(Norm, 5),
        ["temperature"] = Math.Round(Temperature, 5),
        ["seconds_per_step"] = Math.Round(SecondsPerStep, 4),
        ["tokens_per_second"] = Math.Round(TokensPerSecond, 1),
        ["samples_per_second"] = Math.Round(SamplesPerSecond, 2),
        ["gigaflop_per_step"] = Math.Round(FlopsPerStep / 1e9, 1),
        ["peak_share"] = Math.Round(PeakShare, 4),
        ["data_share"] = Math.Round(DataShare, 4),
        ["optimizer_share"] = Math.Round(OptimizerShare, 4),
        ["resident_mb"] = Math.Round(ResidentBytes / 1e6, 1),
        ["anonymous_mb"] = Math.Round(AnonymousBytes / 1e6, 1),
        ["managed_mb"] = Math.Round(ManagedBytes / 1e6, 1),
        ["live_handles"] = LiveHandles,
    };
}
