using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

internal sealed class VisionMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear fc1;
    private readonly Linear fc2;

    public VisionMlp(ModelConfig config)
    {
        fc1 = register_module("fc1", nn.Linear(config.VitHiddenDim, config.VitInterDim));
        fc2 = register_module("fc2", nn.Linear(config.VitInterDim, config.VitHiddenDim));
    }

    public override Tensor forward(Tensor x) => fc2.forward(nn.functional.gelu(fc1.forward(x), "tanh"));
}
