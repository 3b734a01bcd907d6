using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>Events 2800 to 2849.</summary>
internal static partial class SubscriptionLog
{
    [LoggerMessage(2800, LogLevel.Warning, "Subscription {Id} matches nothing: {Reason}")]
    public static partial void MatchesNothing(ILogger logger, Guid id, string reason);
}
