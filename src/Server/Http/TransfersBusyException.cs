namespace UnifiedVlm.Server.Http;

/// <summary>As many bytes of pictures, documents, dead letters and other large replies as the node holds at a time are on their way in or out.</summary>
internal sealed class TransfersBusyException(string what, TimeSpan retryAfter) : Exception($"The node holds as many {what} as it takes at a time.")
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}
