namespace UnifiedVlm.Torch.Alignment;

/// <summary>A sequence holds a NaN, an infinity or a vector longer than 1e6: no similarity of it means anything.</summary>
/// <param name="side">"x" (the query) or "y" (the candidates).</param>
/// <param name="sequence">Index of the sequence on that side.</param>
public sealed class UnusableVectorException(string side, int sequence)
    : ArgumentException($"sequence {sequence} of {side} holds a vector that is not finite or longer than 1e6; encode it again", side)
{
    public string Side { get; } = side;

    public int Sequence { get; } = sequence;
}
