namespace UnifiedVlm.Training.Loop;

/// <summary>Told what a run does, on the run's own thread.</summary>
public interface ITrainingObserver
{
    /// <summary>The head or a soft prompt is not the starting model's but a new one, as the recipe says.</summary>
    void Replaced(string what);

    void Started(TrainingPlan plan);

    void Stepped(StepReport report);

    /// <summary>A line of metrics has been written.</summary>
    void Measured(Interval interval);

    void Evaluated(int step, ValidationResult result, bool isBest);

    /// <summary>A checkpoint is on disk.</summary>
    void Saved(int step, string folder);

    /// <summary>A step was left out because something in it was not finite.</summary>
    void Skipped(int step, string reason);
}
