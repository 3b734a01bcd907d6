using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

/// <summary>A pre-norm transformer block.</summary>
internal sealed class VisionBlock : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm ln1;
    private readonly VisionAttention attention;
    private readonly LayerNorm ln2;
    private readonly VisionMlp mlp;

    public VisionBlock(ModelConfig config)
    {
        ln1 = register_module("ln1", nn.LayerNorm(config.VitHiddenDim, config.VitNormEpsilon));
        attention = register_module("attn", new VisionAttention(config));
        ln2 = register_module("ln2", nn.LayerNorm(config.VitHiddenDim, config.VitNormEpsilon));
        mlp = register_module("mlp", new VisionMlp(config));
    }

    /// <summary>[N,P,C] -> [N,P,C].</summary>
    public override Tensor forward(Tensor x)
    {
        // The residual is added into what the layer has just made; no gradient needs that as it was.
        x = attention.forward(ln1.forward(x)).add_(x);
        return mlp.forward(ln2.forward(x)).add_(x);
    }
}
