namespace UnifiedVlm.Training.Loop;

/// <summary>A loss over the steps that had it.</summary>
internal sealed record LossSum(double Sum, int Steps);
