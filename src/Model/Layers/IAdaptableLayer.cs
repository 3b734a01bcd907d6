using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Layers;

/// <summary>A layer to whose output an adapter may add.</summary>
internal interface IAdaptableLayer
{
    /// <summary>What the adapter that is attached to the model adds here; null for nothing.</summary>
    LoraDelta? Attached { get; set; }

    /// <summary>The linear layers that a checkpoint sees here, each with its rows of the weight [out, in]; an empty name is the module's own.</summary>
    IEnumerable<(string Name, Tensor Rows)> Segments();
}
