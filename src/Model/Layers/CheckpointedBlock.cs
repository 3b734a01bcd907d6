using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Layers;

/// <summary>A block of the network whose activations are computed once more in the backward pass instead of being kept.</summary>
internal static class CheckpointedBlock
{
    /// <summary>As <see cref="nn.utils.checkpoint(Func{IReadOnlyList{Tensor}, Tensor}, IReadOnlyList{Tensor})"/>, with the adapter that is in force now.</summary>
    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> block, params IReadOnlyList<Tensor> inputs)
    {
        var choice = AdapterScope.Current;
        return nn.utils.checkpoint(
            given =>
            {
                using var chosen = AdapterScope.Again(choice);
                return block(given);
            },
            inputs);
    }
}
