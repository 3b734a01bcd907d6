namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>A figure and where it lies with 95 % confidence.</summary>
public readonly record struct Interval(double Value, double Low, double High);
