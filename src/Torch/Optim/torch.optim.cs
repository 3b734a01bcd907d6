using UnifiedVlm.Torch.Modules;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static class optim
    {
        public static AdamW AdamW(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 1e-2) =>
            new([new ParamGroup(parameters, lr, weight_decay)], beta1, beta2, eps);

        /// <summary>With groups of their own learning rates and weight decays.</summary>
        public static AdamW AdamW(IEnumerable<ParamGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8) =>
            new([.. groups], beta1, beta2, eps);

        /// <summary>For matrices between hidden states.</summary>
        public static Muon Muon(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double weight_decay = 1e-2, double momentum = 0.95, ScalarType type = ScalarType.Float32) =>
            new([new ParamGroup(parameters, lr, weight_decay)], momentum, type);

        /// <summary>With groups of their own learning rates and weight decays.</summary>
        public static Muon Muon(IEnumerable<ParamGroup> groups, double momentum = 0.95, ScalarType type = ScalarType.Float32) => new([.. groups], momentum, type);
    }
}
