using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

/// <summary>Every patch of a picture attends to every other.</summary>
internal sealed class VisionAttention : nn.Module<Tensor, Tensor>
{
    private readonly int heads;
    private readonly AdaptableLinear qkvProjection;
    private readonly AdaptableLinear outProjection;

    public VisionAttention(ModelConfig config)
    {
        heads = config.VitHeads;
        qkvProjection = register_module("qkv_proj", new AdaptableLinear(config.VitHiddenDim, 3 * config.VitHiddenDim));
        outProjection = register_module("out_proj", new AdaptableLinear(config.VitHiddenDim, config.VitHiddenDim));
    }

    public override Tensor forward(Tensor x)
    {
        var (n, patches, width) = (x.size(0), x.size(1), x.size(2));

        // [N,P,3C] -> [NP,3H,E]: each picture is a sequence of its own.
        var qkv = qkvProjection.forward(x).view(n * patches, 3 * heads, width / heads);
        var lengths = new long[n];
        Array.Fill(lengths, patches);
        return outProjection.forward(nn.functional.packed_attention(qkv, heads, heads, lengths).view(n, patches, width));
    }
}
