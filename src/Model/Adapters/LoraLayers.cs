using UnifiedVlm.Model.Layers;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Adapters;

/// <summary>The linear layers of a model under their checkpoint names.</summary>
internal static class LoraLayers
{
    /// <summary>In the order of the model's modules; fused layers one by one, their rows as views.</summary>
    public static IEnumerable<(string Name, IAdaptableLayer Module, long Start, Tensor Rows)> Of(VisionLanguageModel model)
    {
        foreach (var (name, module) in model.named_modules())
        {
            if (module is not IAdaptableLayer layer)
                continue;
            var start = 0L;
            foreach (var (segment, rows) in layer.Segments())
            {
                yield return (segment.Length == 0 ? name : name[..(name.LastIndexOf('.') + 1)] + segment, layer, start, rows);
                start += rows.size(0);
            }
        }
    }
}
