using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder.Cache;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>A pre-norm transformer block.</summary>
internal sealed class DecoderBlock : nn.Module
{
    private readonly RMSNorm norm1;
    private readonly GroupedQueryAttention attention;
    private readonly RMSNorm norm2;
    private readonly SwiGlu mlp;

    public DecoderBlock(ModelConfig config)
    {
        mlp = register_module("mlp", new SwiGlu(config));
        attention = register_module("attn", new GroupedQueryAttention(config));
        norm1 = register_module("norm1", nn.RMSNorm(config.LmHiddenDim, config.LmNormEpsilon));
        norm2 = register_module("norm2", nn.RMSNorm(config.LmHiddenDim, config.LmNormEpsilon));
    }

    /// <summary>[N,d] -> [N,d].</summary>
    public Tensor forward(Tensor x, Tensor cos, Tensor sin, SequenceLayout layout, CachedPass? pass, int layer)
    {
        // The residual is added into what the layer has just made; no gradient needs that as it was.
        x = attention.forward(norm1.forward(x), cos, sin, layout, pass, layer).add_(x);
        return mlp.forward(norm2.forward(x)).add_(x);
    }
}
