namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>All figures of one set.</summary>
/// <param name="Count">Items of the set.</param>
/// <param name="Seconds">Taken by the set, reading pictures included.</param>
/// <param name="Note">What was left out; null for nothing.</param>
public sealed record SetResult(string Name, string Format, int Count, double Seconds, string? Note, IReadOnlyList<MeasureResult> Measures);
