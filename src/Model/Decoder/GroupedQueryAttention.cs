using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>Causal attention in which groups of query heads share a key and value head (GQA, arXiv 2305.13245).</summary>
internal sealed class GroupedQueryAttention : nn.Module
{
    private readonly int heads;
    private readonly int sharedHeads;
    private readonly int headDim;
    private readonly FusedLinear qkvProjection;
    private readonly Linear outProjection;

    public GroupedQueryAttention(ModelConfig config)
    {
        heads = config.LmHeads;
        sharedHeads = config.LmKeyValueHeads;
        headDim = config.LmHeadDim;
        var shared = sharedHeads * headDim;
        qkvProjection = register_module("qkv", new FusedLinear(config.LmHiddenDim, ("q_proj", config.LmHiddenDim), ("k_proj", shared), ("v_proj", shared)));
        outProjection = register_module("out_proj", nn.Linear(config.LmHiddenDim, config.LmHiddenDim, hasBias: false));
    }

    /// <summary>[N,d] -> [N,d].</summary>
    /// <param name="cos">[N,1,E/2].</param>
    /// <param name="cache">Of the one sequence in the layout; null without.</param>
    public Tensor forward(Tensor x, Tensor cos, Tensor sin, SequenceLayout layout, KeyValueCache? cache, int layer)
    {
        // [N,(H+2G)E] -> [N,H+2G,E]; queries and keys turn together.
        var qkv = qkvProjection.forward(x).view(-1, heads + 2 * sharedHeads, headDim);
        var turned = RotaryEmbedding.Rotate(qkv.narrow(1, 0, heads + sharedHeads), cos, sin);
        var (q, k, v) = (turned.narrow(1, 0, heads), turned.narrow(1, heads, sharedHeads), qkv.narrow(1, heads + sharedHeads, sharedHeads));

        Tensor y;
        if (cache is not null)
            y = Attend(q, k, v, 1, cache, layer, layout.Pasts[0]);
        else if (layout.EqualLength is not null)
            y = Attend(q, k, v, layout.Lengths.Length, null, layer, 0);
        else
            y = cat([.. layout.Starts.Zip(layout.Lengths, (start, length) =>
                Attend(q.narrow(0, start, length), k.narrow(0, start, length), v.narrow(0, start, length), 1, null, layer, 0))]);
        return outProjection.forward(y);
    }

    /// <summary>q [BT,H,E], k and v [BT,G,E] -> [BT,d].</summary>
    private Tensor Attend(Tensor q, Tensor k, Tensor v, int batch, KeyValueCache? cache, int layer, int past)
    {
        q = ByHead(q, heads, batch);
        k = ByHead(k, sharedHeads, batch);
        v = ByHead(v, sharedHeads, batch);
        if (cache is not null)
            (k, v) = cache.Append(layer, k, v);

        // A single new token sees all there is; several after a past see it and, of their own, what is not later.
        var length = q.size(2);
        var mask = past > 0 && length > 1 ? ones(length, past + length, @bool, q.device).tril(past) : null;
        var y = nn.functional.scaled_dot_product_attention(q, k, v, mask, is_causal: past == 0 && length > 1);
        return y.transpose(1, 2).reshape(-1, heads * headDim);
    }

    /// <summary>[BT,H,E] -> [B,H,T,E].</summary>
    private Tensor ByHead(Tensor x, int count, int batch) => x.reshape(batch, -1, count, headDim).transpose(1, 2);
}
