using System.Text.Json.Serialization;

namespace UnifiedVlm.Training.Recipes;

/// <summary>All that decides a training run besides its data: the same recipe, data and seed give the same run.</summary>
public sealed record Recipe
{
    /// <summary>A model folder to start from, or the name of one that comes with the program. Without weights they are drawn from <see cref="Seed"/>.</summary>
    public string Model { get; init; } = "uvlm-tiny";

    /// <summary>Of starting weights and of the order of the data.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Updates of the weights.</summary>
    public int Steps { get; init; } = 10_000;

    public OptimizerSettings Optimizer { get; init; } = new();

    public SoftPromptSettings SoftPrompts { get; init; } = new();

    public HeadSettings Head { get; init; } = new();

    public LossSettings Losses { get; init; } = new();

    public TrainedParts Train { get; init; } = new();

    public ComputeSettings Compute { get; init; } = new();

    public EvaluationSettings Evaluation { get; init; } = new();

    /// <summary>Steps that a line of metrics sums up.</summary>
    public int MetricsEvery { get; init; } = 10;

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>How the finished model's numbers are stored.</summary>
    public WeightFormat Export { get; init; } = WeightFormat.Float32;

    /// <summary>Where the recipe was read from, for messages.</summary>
    [JsonIgnore]
    public string Path { get; init; } = "recipe";
}
