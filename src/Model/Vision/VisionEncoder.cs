using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Vision;

/// <summary>A vision transformer in SigLIP's style (arXiv 2303.15343): no class token, one state per patch.</summary>
internal sealed class VisionEncoder : nn.Module<Tensor, Tensor>
{
    private readonly PatchEmbedding patchEmbedding;
    private readonly ModuleList<VisionBlock> blocks;
    private readonly LayerNorm norm;

    public VisionEncoder(ModelConfig config)
    {
        patchEmbedding = register_module("patch_embedding", new PatchEmbedding(config));
        blocks = register_module("blocks", nn.ModuleList(Enumerable.Range(0, config.VitBlocks).Select(_ => new VisionBlock(config))));
        norm = register_module("layer_norm", nn.LayerNorm(config.VitHiddenDim, config.VitNormEpsilon));
    }

    /// <summary>Blocks keep their inputs only and are computed once more in the backward pass.</summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>Normalised pixels [N,3,S,S] -> [N,P,C].</summary>
    public override Tensor forward(Tensor pixels)
    {
        var x = patchEmbedding.forward(pixels);
        foreach (var block in blocks)
            x = ActivationCheckpointing ? CheckpointedBlock.Run(inputs => block.forward(inputs[0]), x) : block.forward(x);
        return norm.forward(x);
    }
}
