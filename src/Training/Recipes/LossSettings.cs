namespace UnifiedVlm.Training.Recipes;

/// <summary>What is minimised: the sum of the losses given, each times its weight. A loss left out, or null, is off.</summary>
public sealed record LossSettings
{
    public RegionLossSettings? Regions { get; init; }

    public PairLossSettings? Pairs { get; init; }

    public CaptionLossSettings? Captions { get; init; }

    public DialogueLossSettings? Dialogues { get; init; }

    public DocumentLossSettings? Documents { get; init; }

    public PartLossSettings? Parts { get; init; }

    public SequenceLossSettings? Sequences { get; init; }
}
