using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>Causal attention in which groups of query heads share a key and value head (GQA, arXiv 2305.13245).</summary>
internal sealed class GroupedQueryAttention : nn.Module
{
    private readonly int heads;
    private readonly int sharedHeads;
    private readonly int headDim;
    private readonly FusedLinear qkvProjection;
    private readonly AdaptableLinear outProjection;

    public GroupedQueryAttention(ModelConfig config)
    {
        heads = config.LmHeads;
        sharedHeads = config.LmKeyValueHeads;
        headDim = config.LmHeadDim;
        var shared = sharedHeads * headDim;
        qkvProjection = register_module("qkv", new FusedLinear(config.LmHiddenDim, ("q_proj", config.LmHiddenDim), ("k_proj", shared), ("v_proj", shared)));
        outProjection = register_module("out_proj", new AdaptableLinear(config.LmHiddenDim, config.LmHiddenDim, hasBias: false));
    }

    /// <summary>[N,d] -> [N,d].</summary>
    /// <param name="cos">[N,1,E/2].</param>
    /// <param name="caches">Of each sequence in the layout; null without.</param>
    public Tensor forward(Tensor x, Tensor cos, Tensor sin, SequenceLayout layout, IReadOnlyList<KeyValueCache>? caches, int layer)
    {
        // [N,(H+2G)E] -> [N,H+2G,E]; queries and keys turn together, values do not.
        var qkv = qkvProjection.forward(x).view(-1, heads + 2 * sharedHeads, headDim);
        qkv = nn.functional.rotary_embedding(qkv, cos, sin, heads + sharedHeads);
        var y = caches is null ? WithinSequences(qkv, layout) : WithCaches(qkv, layout, caches, layer);
        return outProjection.forward(y.reshape(-1, heads * headDim));
    }

    /// <summary>[N,H+2G,E] -> [N,H,E].</summary>
    private Tensor WithinSequences(Tensor qkv, SequenceLayout layout) => layout.Cuts.Count == 0
        ? Attend(qkv, layout.Lengths)
        : WithCuts(qkv, CutRows.Of(layout));

    private Tensor Attend(Tensor qkv, int[] lengths) =>
        nn.functional.packed_attention(qkv, heads, sharedHeads, Array.ConvertAll(lengths, static l => (long)l), is_causal: true);

    /// <summary>Twice: the tokens before the cuts, and the rest with what they may see of those.</summary>
    private Tensor WithCuts(Tensor qkv, CutRows rows)
    {
        using var before = tensor(rows.Before, device: qkv.device);
        using var after = tensor(rows.After, device: qkv.device);
        using var order = tensor(rows.Order, device: qkv.device);
        return cat([Attend(qkv.index_select(0, before), rows.BeforeLengths), Attend(qkv.index_select(0, after), rows.AfterLengths)]).index_select(0, order);
    }

    /// <summary>As <see cref="WithinSequences"/> for sequences that continue what their caches hold.</summary>
    private Tensor WithCaches(Tensor qkv, SequenceLayout layout, IReadOnlyList<KeyValueCache> caches, int layer)
    {
        if (caches.Count == 1)
            return WithCache(qkv, caches[0], layer);
        var rows = new Tensor[caches.Count];
        for (var s = 0; s < rows.Length; s++)
            rows[s] = WithCache(qkv.narrow(0, layout.Starts[s], layout.Lengths[s]), caches[s], layer);
        return cat(rows);
    }

    /// <summary>[T,H+2G,E] of one sequence -> [T,H,E].</summary>
    private Tensor WithCache(Tensor qkv, KeyValueCache cache, int layer)
    {
        var (past, length) = (cache.Length, (int)qkv.size(0));
        var (keys, values) = cache.Append(layer, ByHead(qkv.narrow(1, heads, sharedHeads)), ByHead(qkv.narrow(1, heads + sharedHeads, sharedHeads)));
        if (past == 0)
            return Attend(qkv, [length]);

        // A single new token sees all there is; several see it and, of their own, what is not later.
        var mask = length > 1 ? ones(length, past + length, @bool, qkv.device).tril(past) : null;
        var y = nn.functional.scaled_dot_product_attention(ByHead(qkv.narrow(1, 0, heads)), keys, values, mask);
        return y.squeeze(0).transpose(0, 1);
    }

    /// <summary>[T,H,E] -> [1,H,T,E].</summary>
    private static Tensor ByHead(Tensor x) => x.transpose(0, 1).unsqueeze(0);
}
