using UnifiedVlm.Torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>What <see cref="SupervisedContrast"/> returns.</summary>
/// <param name="Loss">In nats.</param>
/// <param name="Gradient">dL / d vectors, [R,D].</param>
/// <param name="LogScale">dL / d (log of the scale).</param>
/// <param name="Accuracy">Of the rows with partners the share whose nearest other row is one, 0 to 1.</param>
public sealed record SupervisedContrastValue(double Loss, Tensor Gradient, double LogScale, double Accuracy);
