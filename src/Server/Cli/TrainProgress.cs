using System.Globalization;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Server.Cli;

/// <summary>A run's progress: one line that is written over in a terminal, a line every half minute elsewhere.</summary>
internal sealed class TrainProgress(Recipe recipe) : ITrainingObserver
{
    private static readonly TimeSpan LinePause = TimeSpan.FromSeconds(30);

    private readonly bool isTerminal = !Console.IsOutputRedirected;
    private long lastLine;

    public int Step { get; private set; }

    public void Replaced(string what) => Line(what);

    public void Started(TrainingPlan plan)
    {
        Step = plan.FirstStep;
        Line($"Training {Count(plan.Parameters)} weights for {plan.Steps} steps from {plan.FirstStep}, {plan.Threads} threads, {plan.Precision.ToString().ToLowerInvariant()}, sgemm peak {plan.PeakFlops / 1e9:0} GFLOP/s");
    }

    public void Stepped(StepReport report) => Step = report.Step;

    public void Measured(Interval interval)
    {
        var losses = string.Join("  ", interval.Losses.Select(static l => string.Create(CultureInfo.InvariantCulture, $"{l.Key} {l.Value:0.000}")));
        var left = TimeSpan.FromSeconds(interval.SecondsPerStep * (recipe.Steps - interval.Step));
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"step {interval.Step}/{recipe.Steps}  {losses}  lr {interval.LearningRate:0.0e+0}  {interval.TokensPerSecond:0} tokens/s  {interval.SamplesPerSecond:0} samples/s  {100 * interval.PeakShare:0} % of peak  {left:d\\.hh\\:mm\\:ss} left");
        if (isTerminal)
            Console.Write($"\r{line}\u001b[K");
        else if (interval.Step == recipe.Steps || lastLine == 0 || TimeProvider.System.GetElapsedTime(lastLine) >= LinePause)
            Line(line);
    }

    public void Evaluated(int step, ValidationResult result, bool isBest)
    {
        if (isTerminal)
            Line("");
        var measures = string.Join("  ", result.Measures.Select(static m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.000}")));
        Line(string.Create(CultureInfo.InvariantCulture, $"validation at step {step}: {measures}  score {result.Score:0.0000}{(isBest ? ", the best so far" : "")}"));
    }

    public void Saved(int step, string folder)
    {
        if (isTerminal)
            Line("");
        Line($"checkpoint at step {step}: {folder}");
    }

    public void Skipped(int step, string reason) => Line($"step {step} left out: {reason}");

    private static string Count(long number) => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.0} M");

    private void Line(string text)
    {
        lastLine = TimeProvider.System.GetTimestamp();
        Console.WriteLine(text);
    }
}
