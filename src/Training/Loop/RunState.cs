using System.Text.Json.Nodes;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Training.Loop;

/// <summary>What a checkpoint knows of its run besides weights and moments: <c>state.json</c>.</summary>
internal sealed record RunState
{
    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Tokens that have gone through the decoder.</summary>
    public long Tokens { get; init; }

    /// <summary>Steps left out because a loss or gradient was not finite.</summary>
    public int Skipped { get; init; }

    /// <summary>The best validation score so far; null before the first.</summary>
    public double? BestScore { get; init; }

    /// <summary>The validation after the last step has not been done.</summary>
    public bool IsValidationDue { get; init; }

    /// <summary>The steps since the last line of metrics; null where there are none, and in checkpoints of before they were kept.</summary>
    public OpenInterval? Measured { get; init; }

    /// <summary>What computed the steps, where the recipe leaves it to the machine; null in checkpoints of before it was kept.</summary>
    public Precision? Precision { get; init; }

    /// <summary>The teachers' names; null without L_d, and in checkpoints of before they were kept.</summary>
    public IReadOnlyList<string>? Teachers { get; init; }

    /// <summary>Of the training data.</summary>
    public required string Data { get; init; }

    /// <summary>The whole recipe, defaults included.</summary>
    public required JsonObject Recipe { get; init; }
}
