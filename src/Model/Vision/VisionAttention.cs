using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

/// <summary>Every patch of a picture attends to every other.</summary>
internal sealed class VisionAttention : nn.Module<Tensor, Tensor>
{
    private readonly int heads;
    private readonly Linear qkvProjection;
    private readonly Linear outProjection;

    public VisionAttention(ModelConfig config)
    {
        heads = config.VitHeads;
        qkvProjection = register_module("qkv_proj", nn.Linear(config.VitHiddenDim, 3 * config.VitHiddenDim));
        outProjection = register_module("out_proj", nn.Linear(config.VitHiddenDim, config.VitHiddenDim));
    }

    public override Tensor forward(Tensor x)
    {
        var (n, patches, width) = (x.size(0), x.size(1), x.size(2));

        // [N,P,3C] -> [N,P,3,H,E] -> [3,N,H,P,E]
        var qkv = qkvProjection.forward(x).view(n, patches, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
        var y = nn.functional.scaled_dot_product_attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2));

        // [N,H,P,E] -> [N,P,C]
        return outProjection.forward(y.transpose(1, 2).reshape(n, patches, width));
    }
}
