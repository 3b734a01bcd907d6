namespace UnifiedVlm.Streams.Sources;

/// <summary>What may wait in the HTTP inbox.</summary>
/// <param name="Rows">Documents.</param>
/// <param name="Bytes">Of their payloads.</param>
public sealed record InboxLimits(long Rows, long Bytes)
{
    public static InboxLimits Default { get; } = new(100_000, 1L << 30);
}
