using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Layers and losses as functions.</summary>
        public static partial class functional
        {
            public static Tensor relu(Tensor x) => x.relu();

            public static Tensor silu(Tensor x) => x.silu();

            /// <param name="approximate"><c>none</c> or <c>tanh</c>.</param>
            public static Tensor gelu(Tensor x, string approximate = "none") => x.gelu(approximate);

            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            public static Tensor tanh(Tensor x) => x.tanh();

            public static Tensor softplus(Tensor x) => x.softplus();

            public static Tensor softmax(Tensor x, long dim) => x.softmax(dim);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>x W' + b. x [.., in], weight [out, in], bias [out] -> [.., out].</summary>
            public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null) => NativeMethods.uvlm_linear(input, weight, bias);

            /// <summary>Rows of a table. x [..] of int64, weight [n, d] -> [.., d].</summary>
            public static Tensor embedding(Tensor x, Tensor weight) => NativeMethods.uvlm_embedding(weight, x);

            /// <summary>(x - mean) / sqrt(var + eps) * weight + bias over the last dimensions (Ba et al. 2016).</summary>
            public static Tensor layer_norm(
                Tensor input, ReadOnlySpan<long> normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                NativeMethods.uvlm_layer_norm(input, normalized_shape, normalized_shape.Length, weight, bias, eps);

            /// <summary>
            /// x / sqrt(mean(x^2) + eps) * weight over the last dimension (Zhang and Sennrich 2019), one pass forward and one backward;
            /// computed in float32, or in float64 where x is that.
            /// </summary>
            public static Tensor rms_norm(Tensor input, Tensor? weight = null, double eps = 1e-6) => NativeMethods.uvlm_rms_norm(input, weight, eps);

            /// <summary>x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] -> [N, O, H', W'].</summary>
            public static Tensor conv2d(
                Tensor input, Tensor weight, Tensor? bias = null, long stride = 1, long padding = 0, long dilation = 1, long groups = 1) =>
                NativeMethods.uvlm_conv2d(input, weight, bias, [stride, stride], [padding, padding], [dilation, dilation], groups);

            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null) =>
                NativeMethods.uvlm_avg_pool2d(input, [kernel_size, kernel_size], [stride ?? kernel_size, stride ?? kernel_size]);

            /// <summary>Resizes pictures. x [N, C, H, W] -> [N, C, height, width].</summary>
            /// <param name="mode"><c>nearest</c>, <c>bilinear</c> or <c>bicubic</c>.</param>
            public static Tensor interpolate(Tensor x, long height, long width, string mode = "bilinear", bool align_corners = false) =>
                NativeMethods.uvlm_interpolate2d(x, height, width, mode switch
                {
                    "nearest" => 0,
                    "bilinear" => 1,
                    "bicubic" => 2,
                    _ => throw new ArgumentException($"interpolate knows nearest, bilinear and bicubic, not '{mode}'.", nameof(mode)),
                }, align_corners ? 1 : 0);

            /// <summary>Zeroes elements with probability <paramref name="p"/> and scales the others by 1 / (1 - p); nothing outside training.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true) => NativeMethods.uvlm_dropout(input, p, training ? 1 : 0);

            /// <summary>Divides by the p-norm along a dimension, at least eps.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12) =>
                NativeMethods.uvlm_normalize(input, p, dim, eps);

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1)
            {
                using var a = normalize(x1, dim: dim);
                using var b = normalize(x2, dim: dim);
                using var product = a * b;
                return product.sum(dim);
            }

            /// <summary>
            /// Pads with a constant.
            /// </summary>
            /// <param name="pad">Before and after the last dimension, then the one before it, and so on.</param>
            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, double value = 0) =>
                NativeMethods.uvlm_pad(input, pad, pad.Length, value);

            /// <summary>[..] of class numbers -> [.., num_classes] of int64.</summary>
            /// <exception cref="ArgumentOutOfRangeException">A number is below 0, or there are not so many classes.</exception>
            public static Tensor one_hot(Tensor x, long num_classes)
            {
                if (x.numel() > 0)
                {
                    using var least = x.min();
                    using var most = x.max();
                    if (least.ToInt64() < 0 || most.ToInt64() >= num_classes)
                    {
                        throw new ArgumentOutOfRangeException(
                            nameof(x), $"holds the class numbers {least.ToInt64()} to {most.ToInt64()}; with {num_classes} classes they are 0 to {num_classes - 1}");
                    }
                }

                using var wide = x.unsqueeze(-1);
                using var classes = arange(num_classes, device: x.device);
                using var hits = wide.eq(classes);
                return hits.to(int64);
            }

            /// <summary>softmax(q k' scale + mask) v (Vaswani et al. 2017).</summary>
            /// <param name="query">[.., H, T, E].</param>
            /// <param name="key">[.., G, S, E]; G divides H, so that groups of query heads share a key head (Ainslie et al. 2023).</param>
            /// <param name="value">[.., G, S, V].</param>
            /// <param name="attn_mask">
            /// Broadcast to [.., H, T, S]: true where attention is allowed, or numbers to be added. A row that allows nothing gives numbers
            /// that are not finite or zeros, depending on libtorch: let padding see itself.
            /// </param>
            /// <param name="is_causal">Query i sees the keys 0 .. i, also where T differs from S.</param>
            /// <param name="scale">1 / sqrt(E) unless given.</param>
            public static Tensor scaled_dot_product_attention(
                Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, bool is_causal = false, double? scale = null) =>
                NativeMethods.uvlm_scaled_dot_product_attention(query, key, value, attn_mask, is_causal ? 1 : 0, scale ?? double.NaN);
        }
    }
}
