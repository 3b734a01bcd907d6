using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public static partial class torch
{
    public static partial class nn
    {
        // Not PyTorch's: what a decoder over packed sequences needs, in one pass each on a CPU. Packed means that the tokens of all
        // sequences of a batch stand one after the other in one dimension, without padding.
        public static partial class functional
        {
            /// <summary>Attention within each of several packed sequences.</summary>
            /// <param name="qkv">[N, H + 2 G, E]: of each token its query heads, then its key heads, then its value heads.</param>
            /// <param name="heads">H.</param>
            /// <param name="shared_heads">G, which divides H: groups of query heads share a key and a value head (Ainslie et al. 2023).</param>
            /// <param name="lengths">Tokens of each sequence; they add up to N.</param>
            /// <param name="is_causal">A token sees itself and what stands before it in its sequence; otherwise all of its sequence.</param>
            /// <param name="scale">1 / sqrt(E) unless given.</param>
            /// <returns>[N, H, E].</returns>
            /// <exception cref="TorchException">The shapes or lengths do not fit together.</exception>
            public static Tensor packed_attention(
                Tensor qkv, long heads, long shared_heads, ReadOnlySpan<long> lengths, bool is_causal = false, double? scale = null) =>
                NativeMethods.uvlm_packed_attention(qkv, heads, shared_heads, lengths, lengths.Length, is_causal ? 1 : 0, scale ?? double.NaN);

            /// <summary>
            /// Rotary positions (Su et al. 2021): in each of the first <paramref name="heads"/> heads the pair (i, i + E / 2) turns by its angle;
            /// the other heads are copied.
            /// </summary>
            /// <param name="x">[N, H, E].</param>
            /// <param name="cos">E / 2 for each token, so [N, E / 2] or [N, 1, E / 2]; so is <paramref name="sin"/>.</param>
            /// <param name="heads">All unless given.</param>
            public static Tensor rotary_embedding(Tensor x, Tensor cos, Tensor sin, long? heads = null) =>
                NativeMethods.uvlm_rotary_embedding(x, cos, sin, heads ?? x.size(1));

            /// <summary>A gated unit (Shazeer 2020): x [.., 2 F] holds gate and value side by side -> silu(gate) * value, [.., F].</summary>
            public static Tensor swiglu(Tensor x) => NativeMethods.uvlm_swiglu(x);
        }
    }
}
