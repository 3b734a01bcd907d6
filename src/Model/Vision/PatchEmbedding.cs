using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

/// <summary>Cuts a picture into patches, projects each and adds what is learned about its place.</summary>
internal sealed class PatchEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly int side;
    private readonly int patch;
    private readonly Conv2d convolution;
    private readonly Parameter positions;

    public PatchEmbedding(ModelConfig config)
    {
        side = config.PatchesPerSide;
        patch = config.VitPatchSize;
        convolution = register_module("conv", nn.Conv2d(3, config.VitHiddenDim, patch, stride: patch));
        positions = register_parameter("position_embedding", nn.Parameter(zeros(1, side * side, config.VitHiddenDim)));
    }

    /// <summary>[N,3,S,S] -> [N,P,C].</summary>
    public override Tensor forward(Tensor x)
    {
        // A convolution whose stride is its size is one matrix product over the patches: [N,3,g,p,g,p] -> [N,g,g,3,p,p] -> [N,P,3pp].
        var patches = x.view(-1, 3, side, patch, side, patch).permute(0, 2, 4, 1, 3, 5).reshape(-1, side * side, 3 * patch * patch);
        return nn.functional.linear(patches, convolution.weight.view(-1, 3 * patch * patch), convolution.bias) + positions;
    }
}
