namespace UnifiedVlm.Torch.Alignment;

/// <summary>How a batch of alignments is computed: what comes out is the same to rounding.</summary>
public sealed record AlignmentOptions
{
    public static AlignmentOptions Default { get; } = new();

    /// <summary>Threads for one call, the caller's included. Small calls use fewer.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Other ones may change the last digits.</summary>
    public VectorInstructions Instructions { get; init; } = VectorInstructions.Automatic;
}
