using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Layers;

/// <summary>
/// Linear layers without bias over the same input, computed as one product: their weights are row ranges of one matrix. A checkpoint and an
/// adapter see them as separate layers, under their own names.
/// </summary>
internal sealed class FusedLinear : nn.Module<Tensor, Tensor>, IAdaptableLayer
{
    private readonly (string Name, int Start, int Rows)[] segments;

    public FusedLinear(int inputSize, params (string Name, int Rows)[] layers)
    {
        segments = new (string, int, int)[layers.Length];
        var start = 0;
        for (var i = 0; i < layers.Length; i++)
        {
            segments[i] = (layers[i].Name, start, layers[i].Rows);
            start += layers[i].Rows;
        }

        weight = register_parameter("weight", nn.Parameter(empty([start, inputSize])));
    }

    /// <summary>[sum of rows, in].</summary>
    public Parameter weight { get; }

    public LoraDelta? Attached { get; set; }

    /// <summary>Each layer's name and its rows of <see cref="weight"/>: a view, so that writing to it fills the whole.</summary>
    public IEnumerable<(string Name, Tensor Rows)> Segments() => segments.Select(s => (s.Name, weight.narrow(0, s.Start, s.Rows)));

    /// <summary>[.., in] -> [.., sum of rows].</summary>
    public override Tensor forward(Tensor input) => AdapterScope.Adapt(this, input, nn.functional.linear(input, weight), training);
}
