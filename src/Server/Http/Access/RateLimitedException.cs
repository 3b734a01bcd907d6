namespace UnifiedVlm.Server.Http.Access;

/// <summary>The key has used what it may use a minute.</summary>
/// <param name="what">requests or tokens.</param>
internal sealed class RateLimitedException(string what, int perMinute, TimeSpan retryAfter) : Exception($"The key may use {perMinute} {what} a minute at this node, and has.")
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}
