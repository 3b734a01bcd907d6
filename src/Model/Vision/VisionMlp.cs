using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

internal sealed class VisionMlp : nn.Module<Tensor, Tensor>
{
    private readonly AdaptableLinear fc1;
    private readonly AdaptableLinear fc2;

    public VisionMlp(ModelConfig config)
    {
        fc1 = register_module("fc1", new AdaptableLinear(config.VitHiddenDim, config.VitInterDim));
        fc2 = register_module("fc2", new AdaptableLinear(config.VitInterDim, config.VitHiddenDim));
    }

    public override Tensor forward(Tensor x) => fc2.forward(nn.functional.gelu(fc1.forward(x), "tanh"));
}
