using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Layers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Projection;

/// <summary>Patches to image tokens: f x f neighbours become one longer vector (pixel shuffle), which is projected to the decoder's width.</summary>
internal sealed class ModalityProjector : nn.Module<Tensor, Tensor>
{
    private readonly int factor;
    private readonly int side;
    private readonly AdaptableLinear projection;

    public ModalityProjector(ModelConfig config)
    {
        factor = config.PixelShuffleFactor;
        side = config.PatchesPerSide;
        projection = register_module("proj", new AdaptableLinear((long)config.VitHiddenDim * factor * factor, config.LmHiddenDim, hasBias: false));
    }

    /// <summary>[N,P,C] -> [N,P/f^2,d].</summary>
    public override Tensor forward(Tensor x)
    {
        var (n, width, reduced) = (x.size(0), x.size(2), side / factor);

        // [N,h,f,w,f,C] -> [N,h,w,f,f,C] -> [N,hw,ffC]
        var shuffled = x.view(n, reduced, factor, reduced, factor, width).permute(0, 1, 3, 2, 4, 5).reshape(n, reduced * reduced, factor * factor * width);
        return projection.forward(shuffled);
    }
}
