namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Starting values, put into a tensor in place without recording gradients.</summary>
        public static class init
        {
            public static Tensor zeros_(Tensor tensor) => Quietly(tensor, static t => t.zero_());

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            public static Tensor constant_(Tensor tensor, Scalar value) => Quietly(tensor, t => t.fill_(value));

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1) => Quietly(tensor, t => t.normal_(mean, std));

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1) => Quietly(tensor, t => t.uniform_(low, high));

            /// <summary>A normal distribution cut off at [a, b], by inverting its distribution function.</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2) => Quietly(tensor, t =>
            {
                using var scope = NewDisposeScope();
                var low = DistributionFunction((a - mean) / std);
                var high = DistributionFunction((b - mean) / std);
                var uniform = empty(t.shape, ScalarType.Float32, t.device).uniform_(2 * low - 1, 2 * high - 1);
                t.copy_((uniform.erfinv() * (std * Math.Sqrt(2)) + mean).clamp(a, b));
            });

            /// <summary>Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = Fans(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Uniform with variance 2 / ((1 + a^2) fan_in) (He et al. 2015).</summary>
            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0)
            {
                var (fanIn, _) = Fans(tensor);
                var bound = Math.Sqrt(6.0 / ((1 + a * a) * fanIn));
                return uniform_(tensor, -bound, bound);
            }

            private static Tensor Quietly(Tensor tensor, Action<Tensor> change)
            {
                using (no_grad())
                    change(tensor);
                return tensor;
            }

            private static (double FanIn, double FanOut) Fans(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException($"Fan-in and fan-out need a tensor of at least 2 dimensions, not {shape.Length}.", nameof(tensor));
                var field = shape.Skip(2).Aggregate(1L, static (a, b) => a * b);
                return (shape[1] * field, shape[0] * field);
            }

            // Of the standard normal, by Abramowitz and Stegun 7.1.26 (error below 1.5e-7).
            private static double DistributionFunction(double x)
            {
                var z = Math.Abs(x) / Math.Sqrt(2);
                var t = 1 / (1 + 0.3275911 * z);
                var poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
                var erf = 1 - poly * Math.Exp(-z * z);
                return x >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf);
            }
        }
    }
}
