using System.Globalization;
using Confluent.Kafka;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Asking;

/// <summary>Where questions come from and replies go to, and librdkafka's own settings.</summary>
public sealed record AskOptions
{
    private const int PrefetchKilobytes = 4096;

    public required string BootstrapServers { get; init; }

    public required string GroupId { get; init; }

    public required string Topic { get; init; }

    /// <summary>Those that a question may name; the first one is for questions that name none.</summary>
    public required IReadOnlyList<string> ReplyTopics { get; init; }

    /// <summary>librdkafka's settings by their own names; they win over our defaults, except for those that the protocol rests on.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Questions under way at once. While there are so many, all partitions are paused.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>The longest a question without a deadline may take, from when it was sent.</summary>
    public TimeSpan DefaultPatience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest any question may take, from when it was read: a later deadline is brought forward, so that no question holds its place for ever.</summary>
    public TimeSpan LongestPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a question that finds the node full waits before it is tried again.</summary>
    public TimeSpan BusyDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long the owner waits for a record before it looks at other things.</summary>
    public TimeSpan PollTimeout { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>After a failure of Kafka's, for beginning anew.</summary>
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromSeconds(1);

    internal ConsumerConfig ToConsumerConfig()
    {
        var config = new Dictionary<string, string>
        {
            ["fetch.wait.max.ms"] = "100",
            // An answer is unpacked whole, as that to a source of documents is.
            ["fetch.max.bytes"] = Settings.GetValueOrDefault(KafkaSourceOptions.LargestMessage, KafkaSourceOptions.AnswerBytes),
            ["max.partition.fetch.bytes"] = KafkaSourceOptions.PartitionBytes(PrefetchKilobytes),
            // Prefetched, beside the questions under way.
            ["queued.max.messages.kbytes"] = PrefetchKilobytes.ToString(CultureInfo.InvariantCulture),
            ["auto.offset.reset"] = "earliest",
        };
        foreach (var (name, value) in Settings)
            config[name] = value;
        config["enable.auto.commit"] = "false";
        config["enable.auto.offset.store"] = "false";
        // The end of a partition would come as a record that is none.
        config["enable.partition.eof"] = "false";
        config["bootstrap.servers"] = BootstrapServers;
        config["group.id"] = GroupId;
        return new ConsumerConfig(config);
    }

    internal ProducerConfig ToProducerConfig()
    {
        var config = new Dictionary<string, string> { ["linger.ms"] = "5", ["message.max.bytes"] = "8388608" };
        foreach (var (name, value) in Settings)
            config[name] = value;
        config["bootstrap.servers"] = BootstrapServers;
        config["enable.idempotence"] = "true";
        return new ProducerConfig(config);
    }
}
