using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Training.Loop;

/// <summary>What a run is about to do.</summary>
/// <param name="FirstStep">Steps done before, in earlier parts of the run.</param>
/// <param name="Parameters">Numbers that are learned.</param>
/// <param name="Precision">As it was chosen: Float32 or Bfloat16.</param>
/// <param name="PeakFlops">Measured: single-precision operations a second that all threads together reach in matrix products.</param>
public sealed record TrainingPlan(int FirstStep, int Steps, long Parameters, int Threads, Precision Precision, double PeakFlops);
