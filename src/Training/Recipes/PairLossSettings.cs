namespace UnifiedVlm.Training.Recipes;

/// <summary>L_c: symmetric InfoNCE between the summary vectors of pairs.</summary>
public sealed record PairLossSettings
{
    /// <summary>beta.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Groups of pairs in a batch; all their pairs are each other's negatives.</summary>
    public int Groups { get; init; } = 96;

    /// <summary>Names of sources to their shares of the groups; empty takes all equally.</summary>
    public IReadOnlyDictionary<string, double> Sources { get; init; } = new Dictionary<string, double>();

    /// <summary>Where the learned temperature starts.</summary>
    public double Temperature { get; init; } = 0.07;

    /// <summary>
    /// Weight of predicting a picture's text after its summary token, in the same pass (as CoCa, arXiv 2205.01917, has a captioner on its contrastive
    /// encoder): every token teaches what the summary must hold. 0 leaves it out; pairs of two texts never have it.
    /// </summary>
    public double Captioning { get; init; }

    /// <summary>What the tokens of that text see of what stands before them.</summary>
    public CaptionSight Sees { get; init; } = CaptionSight.Summary;
}
