namespace UnifiedVlm.Streams.Fetching;

/// <summary>The picture did not come, and may come later.</summary>
/// <param name="retryAfter">What the host asks to wait.</param>
internal sealed class FetchFailedException(string problem, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(problem, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
