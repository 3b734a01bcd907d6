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
            /// One token more for each of several sequences whose keys and values stand in blocks of a shared cache (Kwon et al. 2023, arXiv
            /// 2309.06180): the new keys and values are written there, and each new token attends to its sequence, itself included. Without gradients.
            /// </summary>
            /// <param name="qkv">[S, H + 2 G, E]: of each sequence's new token the query heads, the key heads, the value heads.</param>
            /// <param name="keys">[slots, G, E]; token t of a sequence has the slot blocks[t / block_tokens] * block_tokens + t % block_tokens.</param>
            /// <param name="values">As <paramref name="keys"/>.</param>
            /// <param name="heads">H, a multiple of G.</param>
            /// <param name="blocks">The blocks of each sequence in its order, one sequence after the other.</param>
            /// <param name="block_tokens">Slots of a block.</param>
            /// <param name="lengths">S: tokens of each sequence, the new one counted.</param>
            /// <param name="scale">1 / sqrt(E) unless given.</param>
            /// <returns>[S, H, E].</returns>
            /// <exception cref="TorchException">The shapes, blocks or lengths do not fit together.</exception>
            public static Tensor paged_attention(
                Tensor qkv, Tensor keys, Tensor values, long heads, ReadOnlySpan<int> blocks, long block_tokens, ReadOnlySpan<long> lengths, double? scale = null) =>
                NativeMethods.uvlm_paged_attention(qkv, keys, values, heads, blocks, blocks.Length, block_tokens, lengths, lengths.Length, scale ?? double.NaN);

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
