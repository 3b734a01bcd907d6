namespace UnifiedVlm.Training.Loop;

/// <summary>A step that has been taken.</summary>
/// <param name="Step">Steps done, this one included.</param>
/// <param name="Norm">Of the whole gradient, before clipping.</param>
/// <param name="Temperature">Of L_c.</param>
/// <param name="Time">Whole step.</param>
/// <param name="DataTime">Of it: drawing and laying out.</param>
/// <param name="Flops">That the step took, by <see cref="FlopCounter"/>'s formula.</param>
public sealed record StepReport(
    int Step, StepLosses Losses, double LearningRate, double Norm, double Temperature, TimeSpan Time, TimeSpan DataTime, TimeSpan OptimizerTime, double Flops);
