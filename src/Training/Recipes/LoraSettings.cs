namespace UnifiedVlm.Training.Recipes;

/// <summary>A low-rank update of the network (LoRA, arXiv 2106.09685), in the place of its own weights or beside them.</summary>
public sealed record LoraSettings
{
    /// <summary>A regular expression for the names of the linear layers, or <c>all-linear</c>. The default is VladVA's: every one of the decoder.</summary>
    public string Targets { get; init; } = @"decoder\.blocks\..*";

    public int Rank { get; init; } = 16;

    /// <summary>The update is scaled by alpha / rank.</summary>
    public double Alpha { get; init; } = 32;

    public double Dropout { get; init; }

    public LoraScope Scope { get; init; }
}
