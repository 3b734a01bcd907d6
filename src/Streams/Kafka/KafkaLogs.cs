using Confluent.Kafka;
using Confluent.Kafka.Admin;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>What the cluster says about itself and its topics: names of logs and their ends. Shares the consumer's connections. Thread-safe.</summary>
internal sealed class KafkaLogs(IAdminClient admin, KafkaSourceOptions options) : IDisposable
{
    /// <summary>The version rule of documents that name none: offsets of this log.</summary>
    public static string VersionRule(LogPartition log) => $"kafka:{log.LogId}/{log.Topic}";

    /// <summary>The name of the topic's present incarnation: cluster id and, where the brokers tell it, topic id.</summary>
    public async Task<string> LogIdAsync(string topic)
    {
        if (options.LogId is { } given)
            return given;
        var cluster = await admin.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = options.RequestTimeout }).ConfigureAwait(false);
        var incarnation = await TopicIdAsync(topic).ConfigureAwait(false);
        return incarnation is null ? cluster.ClusterId : $"{cluster.ClusterId}/{incarnation}";
    }

    /// <summary>The first offset that is there and the one after the last.</summary>
    public async Task<(long Low, long High)> EndsAsync(TopicPartition partition)
    {
        var low = EndAsync(partition, OffsetSpec.Earliest());
        var high = EndAsync(partition, OffsetSpec.Latest());
        return (await low.ConfigureAwait(false), await high.ConfigureAwait(false));
    }

    public void Dispose() => admin.Dispose();

    private async Task<string?> TopicIdAsync(string topic)
    {
        var topics = await admin.DescribeTopicsAsync(
            TopicCollection.OfTopicNames([topic]), new DescribeTopicsOptions { RequestTimeout = options.RequestTimeout }).ConfigureAwait(false);
        var id = topics.TopicDescriptions[0].TopicId;
        return id is null || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0) ? null : id.ToString();
    }

    private async Task<long> EndAsync(TopicPartition partition, OffsetSpec spec)
    {
        var result = await admin.ListOffsetsAsync(
            [new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = spec }],
            new ListOffsetsOptions { RequestTimeout = options.RequestTimeout }).ConfigureAwait(false);
        var info = result.ResultInfos[0].TopicPartitionOffsetError;
        return info.Error.IsError ? throw new KafkaException(info.Error) : info.Offset.Value;
    }
}
