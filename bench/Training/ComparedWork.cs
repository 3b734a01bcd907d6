namespace UnifiedVlm.Bench.Training;

/// <param name="Own">The median round.</param>
/// <param name="Python">The median round of its better layout.</param>
internal sealed record ComparedWork(Work Work, Measured Own, (string Layout, Measured Run) Python)
{
    /// <summary>Ours over Python's.</summary>
    public double Ratio => Own.Seconds / Python.Run.Seconds;
}
