namespace UnifiedVlm.Streams.Sources;

/// <summary>As much waits in the inbox as may.</summary>
public sealed class InboxFullException(InboxLimits limits, TimeSpan retryAfter)
    : Exception($"Too many pushed documents wait to be indexed: at most {limits.Rows} documents and {limits.Bytes} bytes may. Send again later; nothing was taken.")
{
    /// <summary>When it makes sense to ask again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
