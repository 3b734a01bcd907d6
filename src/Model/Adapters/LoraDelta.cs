using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Adapters;

/// <summary>What an adapter adds to the output of one module, which may be several linear layers side by side.</summary>
/// <param name="pieces">The layers it changes, each with the first column of its output.</param>
internal sealed class LoraDelta(LoraAdapter adapter, IReadOnlyList<(LoraFactors Factors, long Start)> pieces)
{
    public LoraAdapter Adapter => adapter;

    /// <summary>output + scale B A dropout(input), in place; nothing while the weights hold it already.</summary>
    /// <param name="output">[.., out].</param>
    /// <param name="input">[.., in].</param>
    /// <param name="training">Whether dropout is on.</param>
    public Tensor AddTo(Tensor output, Tensor input, bool training)
    {
        if (adapter.IsMerged)
            return output;
        var dropout = training ? adapter.Config.Dropout : 0;
        foreach (var (factors, start) in pieces)
        {
            var kept = dropout > 0 ? nn.functional.dropout(input, dropout) : input;

            // [.., in] -> [.., r] -> [.., rows]; scaled where it is narrow.
            var narrow = nn.functional.linear(kept, factors.A) * adapter.Config.Scale;
            var delta = nn.functional.linear(narrow, factors.B);
            var rows = delta.size(-1);
            if (rows == output.size(-1))
                output.add_(delta);
            else
                output.narrow(-1, start, rows).add_(delta);
        }

        return output;
    }
}
