using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>Events 2800 to 2849.</summary>
internal static partial class SubscriptionLog
{
    [LoggerMessage(2800, LogLevel.Warning, "The query of subscription {Id} can't be encoded, so it matches nothing: {Reason}")]
    public static partial void NotEncoded(ILogger logger, Guid id, string reason);
}
