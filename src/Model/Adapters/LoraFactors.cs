using UnifiedVlm.Torch.Modules;

namespace UnifiedVlm.Model.Adapters;

/// <summary>The two factors of one layer's update, W + scale B A.</summary>
/// <param name="Layer">The layer's name in a checkpoint, such as <c>decoder.blocks.0.attn.q_proj</c>.</param>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
internal sealed record LoraFactors(string Layer, Parameter A, Parameter B)
{
    /// <summary>As <see cref="LoraAdapter.named_parameters"/> calls them; PEFT's files put base_model.model. before and .weight after.</summary>
    public string NameA => Layer + ".lora_A";

    public string NameB => Layer + ".lora_B";
}
