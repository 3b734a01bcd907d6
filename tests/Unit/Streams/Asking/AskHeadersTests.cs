using System.Text;
using Confluent.Kafka;
using UnifiedVlm.Streams.Asking;

namespace UnifiedVlm.Tests.Unit.Streams.Asking;

public sealed class AskHeadersTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
    private static readonly AskOptions Options = new() { BootstrapServers = "b", GroupId = "g", Topic = "t", ReplyTopics = ["r"] };

    [Theory]
    [InlineData("9999-12-31T23:59:59Z", 600)]
    [InlineData("2026-03-04T05:06:37Z", 30)]
    [InlineData(null, 120)]
    public void No_question_holds_its_place_for_longer_than_the_longest_patience(string? deadline, int seconds)
        => Assert.Equal(Now.AddSeconds(seconds), Read(deadline, Now.ToUnixTimeMilliseconds()).Deadline);

    [Fact]
    public void A_record_of_the_future_was_sent_now() => Assert.Equal(Now + Options.DefaultPatience, Read(null, long.MaxValue / 2).Deadline);

    [Theory]
    [InlineData(999, null)]
    [InlineData(1000, "headers")]
    public void A_question_with_headers_without_number_is_refused_and_its_sender_told(int more, string? field)
    {
        var message = new Message<byte[], byte[]> { Headers = [] };
        message.Headers.Add(AskHeaders.Correlation, [7]);
        for (var i = 0; i < more; i++)
            message.Headers.Add($"h{i}", []);
        var read = AskHeaders.Read(message, Options, Now);
        Assert.Equal((field, "r"), (read.Wrong?.Field, read.ReplyTopic));
        Assert.Equal([7], read.CorrelationId!);
    }

    private static AskHeaders Read(string? deadline, long sent)
    {
        var message = new Message<byte[], byte[]> { Timestamp = new Timestamp(sent, TimestampType.CreateTime), Headers = [] };
        if (deadline is not null)
            message.Headers.Add(AskHeaders.Until, Encoding.UTF8.GetBytes(deadline));
        return AskHeaders.Read(message, Options, Now);
    }
}
