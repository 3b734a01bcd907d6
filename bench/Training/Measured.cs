namespace UnifiedVlm.Bench.Training;

/// <summary>One run of a forward pass or a step.</summary>
/// <param name="Seconds">Of the clock, each.</param>
/// <param name="ProcessorSeconds">Of the process, each.</param>
/// <param name="Norm">Of all gradients before clipping; 0 for a forward pass.</param>
internal sealed record Measured(double Seconds, double ProcessorSeconds, double Loss, double Norm);
