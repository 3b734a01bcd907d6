namespace UnifiedVlm.Model.Encoding;

/// <summary>How much goes through the network at once. Speed and memory only: the vectors do not depend on it.</summary>
public sealed record EncoderOptions
{
    /// <summary>Tokens of one pass of the decoder. A window is never divided. On a CPU small passes stay in the cache.</summary>
    public int TokensPerPass { get; init; } = 1024;

    /// <summary>Pictures of one pass of the vision encoder.</summary>
    public int PicturesPerPass { get; init; } = 16;
}
