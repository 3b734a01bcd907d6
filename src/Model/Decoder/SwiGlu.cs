using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Decoder;

/// <summary>A gated feed-forward layer (arXiv 2002.05202): down(silu(gate(x)) * up(x)).</summary>
internal sealed class SwiGlu : nn.Module<Tensor, Tensor>
{
    private readonly FusedLinear gateUp;
    private readonly AdaptableLinear down;

    public SwiGlu(ModelConfig config)
    {
        var inner = config.LmInterDim;
        gateUp = register_module("gate_up", new FusedLinear(config.LmHiddenDim, ("gate_proj", inner), ("up_proj", inner)));
        down = register_module("down_proj", new AdaptableLinear(inner, config.LmHiddenDim, hasBias: false));
    }

    /// <summary>[N,d] -> [N,d].</summary>
    public override Tensor forward(Tensor x) => down.forward(nn.functional.swiglu(gateUp.forward(x)));
}
