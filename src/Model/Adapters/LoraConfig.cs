using UnifiedVlm.Model.Configuration;

namespace UnifiedVlm.Model.Adapters;

/// <summary>What PEFT's <c>adapter_config.json</c> says of a LoRA adapter.</summary>
public sealed partial record LoraConfig
{
    /// <summary>r, the width of the update's two factors.</summary>
    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    /// <summary>Share of the input left out while training.</summary>
    public double Dropout { get; init; }

    public required LoraTargets Targets { get; init; }

    /// <summary>The update is scaled by alpha / sqrt(r) instead of alpha / r (rank-stabilised, arXiv 2312.03732).</summary>
    public bool IsRankStabilised { get; init; }

    /// <summary>Where the base came from; a note that is kept.</summary>
    public string? BaseModel { get; init; }

    /// <summary>The factor of B A.</summary>
    public double Scale => Alpha / (IsRankStabilised ? Math.Sqrt(Rank) : Rank);

    /// <param name="path">Only for messages.</param>
    /// <exception cref="ConfigException">A value is impossible; names its field in PEFT's file.</exception>
    internal void Validate(string path)
    {
        if (Rank < 1)
            throw new ConfigException(path, RankField, $"must be at least 1, not {Rank}");
        if (!double.IsFinite(Alpha) || Alpha <= 0)
            throw new ConfigException(path, "lora_alpha", $"must be a positive number, not {Alpha}");
        if (!(Dropout >= 0 && Dropout < 1))
            throw new ConfigException(path, "lora_dropout", $"must be from 0 to below 1, not {Dropout}");
    }
}
