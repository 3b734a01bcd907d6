using Confluent.Kafka;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>When a message was sent, as its producer says.</summary>
internal static class MessageTime
{
    /// <summary>The latest that has room for what is added to it; what is later is in no unit of milliseconds.</summary>
    private static readonly long LatestMilliseconds = new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static readonly long EarliestMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    /// <summary>A producer may send any number, microseconds say: what is no time is taken for <paramref name="now"/>.</summary>
    public static DateTimeOffset Of(Timestamp timestamp, DateTimeOffset now) =>
        timestamp.UnixTimestampMs >= EarliestMilliseconds && timestamp.UnixTimestampMs <= LatestMilliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(timestamp.UnixTimestampMs)
            : now;
}
