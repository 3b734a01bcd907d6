using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>-log softmax(input)[target], averaged over the targets that are not <paramref name="ignore_index"/>.</summary>
            /// <param name="input">[N, C] logits.</param>
            /// <param name="target">[N] class numbers of int64, or [N, C] probabilities.</param>
            /// <param name="weight">[C] weights of the classes.</param>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                NativeMethods.uvlm_cross_entropy(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                NativeMethods.uvlm_mse_loss(input, target, (long)reduction);
        }
    }
}
