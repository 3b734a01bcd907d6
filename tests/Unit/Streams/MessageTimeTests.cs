using Confluent.Kafka;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class MessageTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0L, 1970)]
    [InlineData(-1L, 1969)]
    [InlineData(1_769_860_800_000L, 2026)]
    public void Milliseconds_are_a_time(long milliseconds, int year) => Assert.Equal(year, Read(milliseconds).Year);

    [Theory]
    // Nanoseconds, and what no clock says.
    [InlineData(1_769_860_800_000_000_000L)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void What_is_no_time_is_now(long number) => Assert.Equal(Now, Read(number));

    [Fact]
    public void There_is_room_for_patience_after_the_latest()
    {
        var latest = new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(latest, Read(latest.ToUnixTimeMilliseconds()));
        Assert.Equal(Now, Read(latest.ToUnixTimeMilliseconds() + 1));
    }

    private static DateTimeOffset Read(long milliseconds) => MessageTime.Of(new Timestamp(milliseconds, TimestampType.CreateTime), Now);
}
