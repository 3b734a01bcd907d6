using UnifiedVlm.Torch;

namespace UnifiedVlm.Training.Losses;

/// <summary>A loss over the vectors of a whole batch, with its derivative: all that the chunks of the batch need for their share of the gradient.</summary>
/// <param name="Gradient">[R,D], of the shape of the vectors given.</param>
public readonly record struct LossValue(double Loss, Tensor Gradient);
