using UnifiedVlm.Model.Adapters;

namespace UnifiedVlm.Training.Recipes;

/// <summary>A low-rank update of the network (LoRA, arXiv 2106.09685), in the place of its own weights or beside them.</summary>
public sealed record LoraSettings
{
    /// <summary>The linear layers: a regular expression for their names, <c>all-linear</c>, or a list of names or their ends. The default is VladVA's: every one of the decoder.</summary>
    public LoraTargets Targets { get; init; } = LoraTargets.Decoder;

    public int Rank { get; init; } = 16;

    /// <summary>The update is scaled by alpha / rank.</summary>
    public double Alpha { get; init; } = 32;

    public double Dropout { get; init; }

    public LoraScope Scope { get; init; }
}
