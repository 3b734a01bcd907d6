using Confluent.Kafka;
using Confluent.Kafka.Admin;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>What the cluster says about itself and its topics: names of logs and their ends. Shares the consumer's connections. Thread-safe.</summary>
/// <remarks>
/// The consumer's handle must not be destroyed under a request: librdkafka would answer into freed memory, or its broker threads never end. So whoever closes the
/// consumer disposes of this first, which lets nothing more begin and waits for what has begun.
/// </remarks>
internal sealed class KafkaLogs(IAdminClient admin, KafkaSourceOptions options) : IDisposable
{
    private readonly RunningWork requests = new();
    private volatile bool closed;

    /// <summary>The version rule of documents that name none: offsets of this log.</summary>
    public static string VersionRule(LogPartition log) => DocumentVersion.OffsetRule(log.LogId, log.Topic);

    /// <summary>The name of the topic's present incarnation: cluster id and, where the brokers tell it, topic id.</summary>
    public async Task<string> LogIdAsync(string topic)
    {
        if (options.LogId is { } given)
            return given;
        var cluster = await AskAsync(
            "cluster", () => admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = options.RequestTimeout })).ConfigureAwait(false);
        var incarnation = await TopicIdAsync(topic).ConfigureAwait(false);
        return incarnation is null ? cluster.ClusterId : $"{cluster.ClusterId}/{incarnation}";
    }

    /// <summary>The first offset that is there and the one after the last.</summary>
    public async Task<(long Low, long High)> EndsAsync(TopicPartition partition)
    {
        var low = EndAsync(partition, OffsetSpec.Earliest());
        var high = EndAsync(partition);
        return (await low.ConfigureAwait(false), await high.ConfigureAwait(false));
    }

    /// <summary>The offset after the last.</summary>
    public Task<long> EndAsync(TopicPartition partition) => EndAsync(partition, OffsetSpec.Latest());

    /// <summary>Waits for the requests under way, which have their own limit.</summary>
    public void Dispose()
    {
        closed = true;
        requests.WhenEmptyAsync().Wait(options.RequestTimeout * 2);
        admin.Dispose();
    }

    private async Task<T> AskAsync<T>(string what, Func<Task<T>> ask)
    {
        // Entered before it looks: a closing that is not seen here sees this.
        requests.Enter(what);
        try
        {
            ObjectDisposedException.ThrowIf(closed, this);
            return await ask().ConfigureAwait(false);
        }
        finally
        {
            requests.Exit(what);
        }
    }

    private async Task<string?> TopicIdAsync(string topic)
    {
        var topics = await AskAsync("topic", () => admin.DescribeTopicsAsync(
            TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = options.RequestTimeout })).ConfigureAwait(false);
        var id = topics.TopicDescriptions[0].TopicId;
        return id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0) ? null : id.ToString();
    }

    private async Task<long> EndAsync(TopicPartition partition, OffsetSpec spec)
    {
        var result = await AskAsync("offsets", () => admin.ListOffsetsAsync(
            [new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = spec }],
            new ListOffsetsOptions { RequestTimeout = options.RequestTimeout })).ConfigureAwait(false);
        return EndIn(result.ResultInfos[0].TopicPartitionOffsetError);
    }

    /// <exception cref="KafkaException">The answer is an error, or names no offset, as librdkafka's may when brokers come and go: an end before every position.</exception>
    internal static long EndIn(TopicPartitionOffsetError answer)
    {
        if (answer.Error.IsError)
            throw new KafkaException(answer.Error);
        return answer.Offset.IsSpecial ? throw new KafkaException(new Error(ErrorCode.OffsetNotAvailable, "the answer names no offset")) : answer.Offset.Value;
    }
}
