using System.CommandLine;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Unit.Server.Cli;

/// <summary>What a node says and hears over Kafka goes with what it does.</summary>
public sealed class EventSettingsTests
{
    private const NodeRoles All = NodeRoles.Ingest | NodeRoles.Encode | NodeRoles.Query;

    [Fact]
    public void Who_ingests_publishes_and_who_answers_is_asked()
    {
        var all = Read(All, "--events-topic", "events", "--ask-topic", "asks", "--reply-topic", "replies");
        Assert.Equal(("events", "asks"), (all.Publisher!.Topic, all.Asks!.Topic));
        Assert.NotNull(Read(NodeRoles.Ingest, "--events-topic", "events").Publisher);
        Assert.NotNull(Read(NodeRoles.Query, "--ask-topic", "asks", "--reply-topic", "replies").Asks);
        Assert.Equal((null, null), (Read(NodeRoles.Gateway).Publisher, Read(NodeRoles.Gateway).Asks));
    }

    [Theory]
    [InlineData(All & ~NodeRoles.Ingest, "--events-topic", "role ingest")]
    [InlineData(NodeRoles.Gateway, "--events-topic", "role ingest")]
    [InlineData(All & ~NodeRoles.Query, "--ask-topic", "role query")]
    public void A_topic_that_the_node_would_leave_alone_is_refused(NodeRoles roles, string option, string fix)
    {
        string[] replies = option == "--ask-topic" ? ["--reply-topic", "replies"] : [];
        var error = Assert.Throws<UsageException>(() => Read(roles, [option, "topic", .. replies]));
        Assert.StartsWith(option, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Message, StringComparison.Ordinal);
    }

    private static EventOptions Read(NodeRoles roles, params string[] arguments)
    {
        var (settings, kafka) = (new EventSettings(), new KafkaSettings());
        var command = new Command("test");
        settings.AddTo(command);
        kafka.AddTo(command);
        var result = command.Parse([.. arguments, "--kafka", "broker:9092"]);
        Assert.Empty(result.Errors);
        return settings.Read(result, kafka.Read(result), roles);
    }
}
