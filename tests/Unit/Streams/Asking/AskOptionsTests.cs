using UnifiedVlm.Streams.Asking;

namespace UnifiedVlm.Tests.Unit.Streams.Asking;

public sealed class AskOptionsTests
{
    [Fact]
    public void The_end_of_a_partition_is_never_told_because_it_is_no_question()
    {
        var options = new AskOptions
        {
            BootstrapServers = "b",
            GroupId = "g",
            Topic = "t",
            ReplyTopics = ["r"],
            Settings = new Dictionary<string, string> { ["enable.partition.eof"] = "true" },
        };
        Assert.Equal("false", options.ToConsumerConfig().Get("enable.partition.eof"));
    }
}
