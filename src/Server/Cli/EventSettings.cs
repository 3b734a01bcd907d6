using System.CommandLine;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Streams.Asking;
using UnifiedVlm.Streams.Events;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Server.Cli;

/// <summary>What a serving node says and hears over Kafka beside documents.</summary>
internal sealed class EventSettings
{
    private readonly Option<string> events = Setting.Text("--events-topic", "UVLM_EVENTS_TOPIC", "", "Kafka topic that events of the documents are published to, by nodes with the role ingest; without it they stay in the outbox");

    private readonly Option<int> shards = Setting.Number("--event-shards", "UVLM_EVENT_SHARDS", EventStream.DefaultShards,
        $"Shards of the outbox, 1 to {EventStream.MaxShards}, each worked at by one node; the first node of a database sets it for good", minimum: 1);

    private readonly Option<string> asks = Setting.Text("--ask-topic", "UVLM_ASK_TOPIC", "", "Kafka topic that questions are read from, by nodes with the role query; without it they come over HTTP alone");

    private readonly Option<string[]> replies = Setting.List("--reply-topic", "UVLM_REPLY_TOPICS",
        "Kafka topic that a question may have its reply sent to, the first one where it names none; may be given several times");

    private readonly Option<int> parallel = Setting.Number("--ask-parallelism", "UVLM_ASK_PARALLELISM", 4, "Questions of --ask-topic under way at once; beyond them its partitions wait", minimum: 1);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { events, shards, asks, replies, parallel })
            command.Options.Add(option);
    }

    /// <param name="kafka">Null: there is none.</param>
    /// <param name="roles">The node's.</param>
    /// <exception cref="UsageException">Something of it can't be, or does not go together.</exception>
    public EventOptions Read(ParseResult result, KafkaSourceOptions? kafka, NodeRoles roles)
    {
        if (result.GetValue(shards) > EventStream.MaxShards)
            throw new UsageException($"--event-shards must be at most {EventStream.MaxShards}.");
        var (published, asked, replied) = (Topic(result, events, kafka), Topic(result, asks, kafka), result.GetValue(replies)!);
        if (asked is not null && replied.Length == 0)
            throw new UsageException("--ask-topic needs --reply-topic: where are the replies to go?");
        if (asked is null && replied.Length > 0)
            throw new UsageException("--reply-topic needs --ask-topic: what are the replies to?");
        if (published is not null && !roles.HasFlag(NodeRoles.Ingest))
            throw new UsageException($"{events.Name} needs the role ingest (--roles): nodes that ingest publish events.");
        if (asked is not null && !roles.HasFlag(NodeRoles.Query))
            throw new UsageException($"{asks.Name} needs the role query (--roles): nodes that answer read questions.");
        if (replied.Contains(asked) || (asked is not null && asked == published))
            throw new UsageException($"--ask-topic {asked}: what is written to it would be read as a question. Give each purpose a topic of its own.");
        return new EventOptions(
            result.GetValue(shards),
            published is null ? null : new EventPublisherOptions { BootstrapServers = kafka!.BootstrapServers, Settings = kafka.Settings, Topic = published },
            asked is null ? null : new AskOptions
            {
                // A group of its own: the members of one have to divide partitions alike.
                BootstrapServers = kafka!.BootstrapServers,
                Settings = kafka.Settings,
                GroupId = kafka.GroupId + ".asks",
                Topic = asked,
                ReplyTopics = replied,
                Parallelism = result.GetValue(parallel),
            });
    }

    private static string? Topic(ParseResult result, Option<string> option, KafkaSourceOptions? kafka)
    {
        if (result.GetValue(option) is not { Length: > 0 } topic)
            return null;
        if (kafka is null)
            throw new UsageException($"{option.Name} needs --kafka: where are the brokers?");
        return kafka.Topics.Contains(topic) ? throw new UsageException($"{option.Name} {topic}: documents are read from it (--topics). Give another.") : topic;
    }
}
