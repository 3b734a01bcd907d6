using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>Events 2800 to 2849.</summary>
internal static partial class SubscriptionLog
{
    [LoggerMessage(2800, LogLevel.Warning, "Subscription {Id} matches nothing: {Reason}")]
    public static partial void MatchesNothing(ILogger logger, Guid id, string reason);

    [LoggerMessage(2801, LogLevel.Warning, "Subscription {Id} can't be compared with a document and does not match it; others like it are not told of")]
    public static partial void NotComparable(ILogger logger, Guid id, Exception failure);
}
