using UnifiedVlm.Training.Loop;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

/// <summary>Keeps what a run reports.</summary>
internal sealed class RecordingObserver(Action<int>? afterStep = null, Action<int>? afterSkip = null) : ITrainingObserver
{
    public List<StepReport> Steps { get; } = [];

    public List<Interval> Intervals { get; } = [];

    public List<(int Step, ValidationResult Result, bool IsBest)> Evaluations { get; } = [];

    public List<int> SavedAt { get; } = [];

    public List<string> Problems { get; } = [];

    public List<string> Replacements { get; } = [];

    public TrainingPlan? Plan { get; private set; }

    public void Replaced(string what) => Replacements.Add(what);

    public void Started(TrainingPlan plan) => Plan = plan;

    public void Stepped(StepReport report)
    {
        Steps.Add(report);
        afterStep?.Invoke(report.Step);
    }

    public void Measured(Interval interval) => Intervals.Add(interval);

    public void Evaluated(int step, ValidationResult result, bool isBest) => Evaluations.Add((step, result, isBest));

    public void Saved(int step, string folder) => SavedAt.Add(step);

    public void Skipped(int step, string reason)
    {
        Problems.Add(reason);
        afterSkip?.Invoke(step);
    }
}
