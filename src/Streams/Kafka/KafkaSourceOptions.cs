using System.Globalization;
using Confluent.Kafka;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>What to read, and librdkafka's own settings.</summary>
public sealed record KafkaSourceOptions
{
    internal const string LargestMessage = "message.max.bytes";

    /// <summary>Of a broker's answer to a fetch: the least that librdkafka takes while <see cref="LargestMessage"/> is not set.</summary>
    internal const string AnswerBytes = "1000000";

    /// <summary>One partition's share of an answer is this part of the prefetch, and so much at least.</summary>
    private const int PartitionShare = 64;

    private const int SmallestPartitionKilobytes = 64;

    public required string BootstrapServers { get; init; }

    /// <summary>The consumer group, also in the store's offsets.</summary>
    public required string GroupId { get; init; }

    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>librdkafka's settings by their own names (SASL, TLS, static membership, ...); they win over our defaults, except for <see cref="Fixed"/> and <c>enable.partition.eof</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Prefetched by librdkafka over all partitions, unpacked, beside the pipeline's own budgets. The answers of brokers that come just then are on top of it.</summary>
    public int PrefetchKilobytes { get; init; } = 16 * 1024;

    /// <summary>Names the log instead of cluster and topic id: for a mirrored topic that keeps its offsets.</summary>
    public string? LogId { get; init; }

    public OnNewLog OnNewLog { get; init; }

    /// <summary>How often the committed position is told to Kafka, for lag tools only, and the end of the partitions is looked at.</summary>
    public TimeSpan HousekeepingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the owner waits for a record before it looks at other things.</summary>
    public TimeSpan PollTimeout { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>A partition that the store gave to someone else while Kafka still assigns it to us is taken again after this.</summary>
    public TimeSpan ReopenDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A partition that an operator has to decide about is looked at again after this.</summary>
    public TimeSpan AdoptionDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An open partition that librdkafka has not begun to fetch after this is assigned to it anew.</summary>
    public TimeSpan PositioningTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The end of a partition that is not fetched, because the pipeline is full, is asked for this often: the lag grows there too.</summary>
    public TimeSpan PausedEndInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A request to the brokers has so long.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Leaving the group has so long: librdkafka waits for answers of the brokers, up to its <c>socket.timeout.ms</c> where they are silent. Then the consumer is left
    /// to end by itself; the group hears of it by its session timeout at the latest.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Settings that the protocol with the store rests on.</summary>
    internal static IReadOnlyDictionary<string, string> Fixed { get; } = new Dictionary<string, string>
    {
        ["enable.auto.commit"] = "false",
        ["enable.auto.offset.store"] = "false",
        ["auto.offset.reset"] = "error",
        ["partition.assignment.strategy"] = "cooperative-sticky",
    };

    /// <summary>For asking brokers who they are: the settings of a consumer mean nothing there and are passed over.</summary>
    internal AdminClientConfig ToAdminConfig()
    {
        var config = new Dictionary<string, string>(Settings) { ["bootstrap.servers"] = BootstrapServers };
        return new AdminClientConfig(config);
    }

    /// <exception cref="ArgumentException">A setting contradicts <see cref="Fixed"/>.</exception>
    internal ConsumerConfig ToConsumerConfig()
    {
        var config = new Dictionary<string, string>
        {
            // A partition that is sought or resumed is asked for only when the fetch under way for its idle neighbours has ended.
            ["fetch.wait.max.ms"] = "100",
            // The limit of the queue counts unpacked bytes, and is looked at between two answers only. An answer is counted packed, is unpacked whole, and every broker sends its own: so
            // it is small beside the queue, also ten times as large. The price is a round trip for each. A batch that is larger comes all the same, alone.
            // Not less than the largest message: librdkafka insists on it.
            ["fetch.max.bytes"] = Settings.GetValueOrDefault(LargestMessage, AnswerBytes),
            ["max.partition.fetch.bytes"] = PartitionBytes(PrefetchKilobytes),
            ["statistics.interval.ms"] = "5000",
            ["queued.max.messages.kbytes"] = Text(PrefetchKilobytes),
        };
        foreach (var (name, value) in Settings)
        {
            if (Fixed.TryGetValue(name, out var required) && required != value)
                throw new ArgumentException($"{name} has to be {required}, because positions are kept in the store. Remove the setting.");
            config[name] = value;
        }

        foreach (var (name, value) in Fixed)
            config[name] = value;
        // Whatever is set: that is librdkafka's own default, which says nothing of positions.
        config["enable.partition.eof"] = "true";
        config["bootstrap.servers"] = BootstrapServers;
        config["group.id"] = GroupId;
        return new ConsumerConfig(config);
    }

    /// <summary>Of a broker's answer to a fetch, the most for one partition.</summary>
    internal static string PartitionBytes(int prefetchKilobytes) => Text(Math.Max(prefetchKilobytes / PartitionShare, SmallestPartitionKilobytes) * 1024);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
