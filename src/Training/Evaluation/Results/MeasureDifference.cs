using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>The same figure of two models over the same items.</summary>
/// <param name="Count">Items that both have.</param>
/// <param name="Difference">First minus second, by the paired bootstrap.</param>
public sealed record MeasureDifference(string Set, string Task, string Score, string Name, int Count, double First, double Second, Interval Difference);
