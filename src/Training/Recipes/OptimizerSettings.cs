namespace UnifiedVlm.Training.Recipes;

/// <summary>AdamW with a linear warm-up and a cosine to the end.</summary>
public sealed record OptimizerSettings
{
    private const double DefaultMinLr = 3e-5;

    private readonly double? minLr;

    /// <summary>The highest learning rate.</summary>
    public double Lr { get; init; } = 6e-4;

    /// <summary>The learning rate of the last step. Unless given it is no higher than <see cref="Lr"/>.</summary>
    public double MinLr
    {
        get => minLr ?? Math.Min(DefaultMinLr, Lr);
        init => minLr = value;
    }

    /// <summary>Share of the steps in which the learning rate rises from 0.</summary>
    public double Warmup { get; init; } = 0.03;

    /// <summary>Of matrices; norms, biases, embeddings and soft prompts do not decay.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>What moves the matrices between hidden states; AdamW moves all else.</summary>
    public MatrixOptimizer Matrices { get; init; } = MatrixOptimizer.Adamw;

    /// <summary>The temperature's learning rate as a multiple of the others': one number has to go further than a weight does.</summary>
    public double TemperatureRate { get; init; } = 1;

    /// <summary>The learning rate of the network's own weights as a multiple of the others', which are the head's, the soft prompts' and an adapter's. At 0 they do not learn.</summary>
    public double NetworkRate { get; init; } = 1;

    /// <summary>
    /// The vision encoder's learning rate as a multiple of the network's, or of an adapter's: a lower one keeps what it has learned before. At 0 its own weights do
    /// not learn, and nothing goes back through it (as in LiT, arXiv 2111.07991).
    /// </summary>
    public double VisionRate { get; init; } = 1;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.98;

    /// <summary>Largest norm of all gradients together.</summary>
    public double Clip { get; init; } = 1;
}
