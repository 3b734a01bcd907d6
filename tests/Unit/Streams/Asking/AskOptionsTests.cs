using UnifiedVlm.Streams.Asking;

namespace UnifiedVlm.Tests.Unit.Streams.Asking;

public sealed class AskOptionsTests
{
    [Fact]
    public void The_end_of_a_partition_is_never_told_because_it_is_no_question()
        => Assert.Equal("false", With(("enable.partition.eof", "true")).ToConsumerConfig().Get("enable.partition.eof"));

    [Fact]
    public void An_answer_of_a_broker_is_as_small_as_one_with_documents_has_room_for_the_largest_message_and_what_is_set_counts()
    {
        Assert.Equal(("1000000", "65536"), Fetched());
        Assert.Equal(("8388608", "65536"), Fetched(("message.max.bytes", "8388608")));
        Assert.Equal(("9000000", "2000000"), Fetched(("message.max.bytes", "8388608"), ("fetch.max.bytes", "9000000"), ("max.partition.fetch.bytes", "2000000")));

        static (string, string) Fetched(params (string, string)[] settings)
        {
            var config = With(settings).ToConsumerConfig();
            return (config.Get("fetch.max.bytes"), config.Get("max.partition.fetch.bytes"));
        }
    }

    private static AskOptions With(params (string Name, string Value)[] settings) => new()
    {
        BootstrapServers = "b",
        GroupId = "g",
        Topic = "t",
        ReplyTopics = ["r"],
        Settings = settings.ToDictionary(static s => s.Name, static s => s.Value),
    };
}
