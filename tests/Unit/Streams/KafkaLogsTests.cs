using Confluent.Kafka;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class KafkaLogsTests
{
    [Theory]
    [InlineData(-1001, ErrorCode.NoError, ErrorCode.OffsetNotAvailable)]
    [InlineData(-1, ErrorCode.NoError, ErrorCode.OffsetNotAvailable)]
    [InlineData(-1001, ErrorCode.NotLeaderForPartition, ErrorCode.NotLeaderForPartition)]
    public void An_answer_without_an_offset_is_no_end_and_asked_for_again(long offset, ErrorCode told, ErrorCode thrown)
    {
        var failure = Assert.Throws<KafkaException>(() => KafkaLogs.EndIn(Answer(offset, told)));
        Assert.Equal((thrown, false), (failure.Error.Code, failure.Error.IsFatal));
    }

    [Fact]
    public void An_end_is_the_brokers() => Assert.Equal(7, KafkaLogs.EndIn(Answer(7, ErrorCode.NoError)));

    private static TopicPartitionOffsetError Answer(long offset, ErrorCode code) => new("documents", 1, offset, new Error(code, "as told"));
}
