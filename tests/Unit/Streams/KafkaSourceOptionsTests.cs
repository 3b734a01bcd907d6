using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class KafkaSourceOptionsTests
{
    private static readonly KafkaSourceOptions Options = new() { BootstrapServers = "b", GroupId = "g", Topics = ["t"] };

    [Theory]
    [InlineData(16 * 1024, "262144")]
    [InlineData(6 * 1024, "98304")]
    [InlineData(1024, "65536")]
    public void An_answer_of_a_broker_is_small_beside_the_prefetch_because_it_is_unpacked_whole(int prefetch, string ofPartition)
    {
        var config = (Options with { PrefetchKilobytes = prefetch }).ToConsumerConfig();
        Assert.Equal($"{prefetch}", config.Get("queued.max.messages.kbytes"));
        Assert.Equal(("1000000", ofPartition), (config.Get("fetch.max.bytes"), config.Get("max.partition.fetch.bytes")));
    }

    [Fact]
    public void An_answer_has_room_for_the_largest_message_and_what_is_set_counts()
    {
        Assert.Equal("8388608", With(("message.max.bytes", "8388608")).ToConsumerConfig().Get("fetch.max.bytes"));
        var set = With(("message.max.bytes", "8388608"), ("fetch.max.bytes", "9000000"), ("max.partition.fetch.bytes", "2000000")).ToConsumerConfig();
        Assert.Equal(("9000000", "2000000"), (set.Get("fetch.max.bytes"), set.Get("max.partition.fetch.bytes")));
    }

    [Fact]
    public void The_end_of_a_partition_is_told_whatever_is_set()
    {
        Assert.Equal("true", Options.ToConsumerConfig().Get("enable.partition.eof"));
        foreach (var set in (string[])["true", "false"])
            Assert.Equal("true", With(("enable.partition.eof", set)).ToConsumerConfig().Get("enable.partition.eof"));
    }

    private static KafkaSourceOptions With(params (string Name, string Value)[] settings) =>
        Options with { Settings = settings.ToDictionary(static s => s.Name, static s => s.Value) };
}
