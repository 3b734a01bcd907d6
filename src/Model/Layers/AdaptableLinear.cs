using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Layers;

/// <summary>A linear layer to which adapters may add. Its parameters are those of <see cref="Linear"/>; they are filled from outside.</summary>
internal sealed class AdaptableLinear : nn.Module<Tensor, Tensor>, IAdaptableLayer
{
    public AdaptableLinear(long inputSize, long outputSize, bool hasBias = true)
    {
        weight = register_parameter("weight", nn.Parameter(empty([outputSize, inputSize])));
        if (hasBias)
            bias = register_parameter("bias", nn.Parameter(empty([outputSize])));
    }

    /// <summary>[out, in].</summary>
    public Parameter weight { get; }

    /// <summary>[out].</summary>
    public Parameter? bias { get; }

    public LoraDelta? Attached { get; set; }

    public IEnumerable<(string Name, Tensor Rows)> Segments() => [("", weight)];

    /// <summary>[.., in] -> [.., out].</summary>
    public override Tensor forward(Tensor input) => AdapterScope.Adapt(this, input, nn.functional.linear(input, weight, bias), training);
}
