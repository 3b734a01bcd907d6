using UnifiedVlm.Torch.Modules;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    /// <summary>Building blocks of neural networks.</summary>
    public static partial class nn
    {
        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, outputSize, hasBias, device, dtype);

        public static Embedding Embedding(long num_embeddings, long embedding_dims, Device? device = null, ScalarType? dtype = null) =>
            new(num_embeddings, embedding_dims, device, dtype);

        public static LayerNorm LayerNorm(
            long normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

        public static RMSNorm RMSNorm(long normalized_shape, double eps = 1e-6, Device? device = null, ScalarType? dtype = null) =>
            new(normalized_shape, eps, device, dtype);

        public static Conv2d Conv2d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool bias = true,
            Device? device = null, ScalarType? dtype = null) =>
            new(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, device, dtype);

        public static Dropout Dropout(double p = 0.5) => new(p);

        public static Activation ReLU() => new("ReLU", static x => x.relu());

        public static Activation SiLU() => new("SiLU", static x => x.silu());

        public static Activation Tanh() => new("Tanh", static x => x.tanh());

        public static Sequential Sequential(params IEnumerable<Module<Tensor, Tensor>> modules) => new(modules);

        public static Sequential Sequential(params IEnumerable<(string name, Module<Tensor, Tensor> module)> modules) => new(modules);

        public static ModuleList<TModule> ModuleList<TModule>(params IEnumerable<TModule> modules)
            where TModule : Module => new(modules);
    }
}
