namespace UnifiedVlm.Training.Loop.Report;

/// <summary>One curve.</summary>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double Step, double Value)> Points);
