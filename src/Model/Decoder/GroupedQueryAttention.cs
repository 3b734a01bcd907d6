using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder.Cache;
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
    /// <param name="pass">Null without caches.</param>
    public Tensor forward(Tensor x, Tensor cos, Tensor sin, SequenceLayout layout, CachedPass? pass, int layer)
    {
        // [N,(H+2G)E] -> [N,H+2G,E]; queries and keys turn together, values do not.
        var qkv = qkvProjection.forward(x).view(-1, heads + 2 * sharedHeads, headDim);
        qkv = nn.functional.rotary_embedding(qkv, cos, sin, heads + sharedHeads);
        var y = pass is null ? WithinSequences(qkv, layout) : WithCaches(qkv, pass, layer);
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
    private Tensor WithCaches(Tensor qkv, CachedPass pass, int layer)
    {
        var (keys, values) = pass.Layer(layer);
        var rows = new List<Tensor>(1 + pass.Stretches.Count);
        if (pass.Steps > 0)
            rows.Add(nn.functional.paged_attention(qkv.narrow(0, 0, pass.Steps), keys, values, heads, pass.StepBlocks, KeyValuePool.BlockTokens, pass.StepLengths));
        foreach (var stretch in pass.Stretches)
            rows.Add(WithCache(qkv.narrow(0, stretch.Start, stretch.Length), stretch, keys, values));
        return rows.Count == 1 ? rows[0] : cat(rows);
    }

    /// <summary>[T,H+2G,E] of one sequence -> [T,H,E].</summary>
    private Tensor WithCache(Tensor qkv, CachedStretch stretch, Tensor keys, Tensor values)
    {
        keys.index_copy_(0, stretch.NewSlots, qkv.narrow(1, heads, sharedHeads));
        values.index_copy_(0, stretch.NewSlots, qkv.narrow(1, heads + sharedHeads, sharedHeads));
        if (stretch.AllSlots is null)
            return Attend(qkv, [stretch.Length]);
        var y = nn.functional.scaled_dot_product_attention(
            ByHead(qkv.narrow(1, 0, heads)), ByHead(keys.index_select(0, stretch.AllSlots)), ByHead(values.index_select(0, stretch.AllSlots)), stretch.Mask);
        return y.squeeze(0).transpose(0, 1);
    }

    /// <summary>[T,H,E] -> [1,H,T,E].</summary>
    private static Tensor ByHead(Tensor x) => x.transpose(0, 1).unsqueeze(0);
}
