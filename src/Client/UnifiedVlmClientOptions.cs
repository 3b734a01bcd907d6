namespace UnifiedVlm.Client;

/// <summary>How a client behaves.</summary>
public sealed record UnifiedVlmClientOptions
{
    /// <summary>Whose documents are pushed, searched and answered from. Null: the server's default, or the one that the key belongs to.</summary>
    public string? Tenant { get; init; }

    /// <summary>Sent as <c>Authorization: Bearer</c>; visible ASCII. Null sends none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// Times that a request is sent again after a failure that passes: no connection, no reply in time, 429, 502, 503, 504. Embeddings that took the server too long (504)
    /// are asked for in smaller requests instead.
    /// </summary>
    public int Retries { get; init; } = 5;

    /// <summary>Before the first repetition; doubles each time, with jitter. A server's Retry-After comes before it.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest of these waits. A server that asks for a longer one is not asked again.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long one try may take until its reply begins. A second for each 256 KiB that are sent is added, and what <c>GetStatusAsync</c> asks the server to wait. Null: a little
    /// more than the server's own limits, 6 minutes for answers and chats and 1 for all else; <see cref="Timeout.InfiniteTimeSpan"/>: without end.
    /// </summary>
    public TimeSpan? ResponseTimeout { get; init; }
}
