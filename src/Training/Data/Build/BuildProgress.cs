namespace UnifiedVlm.Training.Data.Build;

/// <summary>How far a build is.</summary>
/// <param name="Stage">What is being made.</param>
/// <param name="Total">Of the same things as <paramref name="Done"/>.</param>
public readonly record struct BuildProgress(string Stage, int Done, int Total);
