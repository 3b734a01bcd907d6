using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using UnifiedVlm.Chaos.Workload;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Server;

/// <summary>
/// The test broker in this process, which nobody kills, so that its own fault injection is at hand; and the one producer to it. The log is the
/// yardstick of everything else: the producer is idempotent, and no fault is injected while it sends that could leave a record in doubt.
/// </summary>
internal sealed class ChaosBroker : IDisposable
{
    public const int Brokers = 2;

    private readonly IProducer<byte[], byte[]> producer;

    public ChaosBroker(string topic, int partitions)
    {
        Topic = topic;
        Partitions = partitions;
        Cluster = new MockBroker(Brokers);
        Cluster.SetGroupJoinDelay(TimeSpan.FromMilliseconds(100));
        Cluster.CreateTopic(topic, partitions, Brokers);
        NativeKafka.EnsureMapped();
        producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = Cluster.BootstrapServers,
            EnableIdempotence = true,
            LingerMs = 2,
            ReconnectBackoffMaxMs = 500,
            // A request that was lost while brokers came up again is waited for that long.
            SocketTimeoutMs = 2000,
        }).SetLogHandler(static (_, _) => { }).Build();
    }

    public string Topic { get; }

    public int Partitions { get; }

    public MockBroker Cluster { get; }

    /// <summary>Sends in order and waits for the broker to have it all.</summary>
    /// <returns>The offset of each.</returns>
    public async Task<IReadOnlyList<long>> SendAsync(IReadOnlyList<GeneratedRecord> records)
    {
        var sent = new List<Task<DeliveryResult<byte[], byte[]>>>(records.Count);
        foreach (var (partition, record, _) in records)
        {
            var headers = new Headers();
            foreach (var (name, value) in record.Headers)
                headers.Add(name, Encoding.UTF8.GetBytes(value));
            sent.Add(producer.ProduceAsync(
                new TopicPartition(Topic, partition), new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = headers }));
        }

        return [.. (await Task.WhenAll(sent).WaitAsync(Waiting.Limit)).Select(static r => r.Offset.Value)];
    }

    /// <summary>The ends of the logs as the broker has them.</summary>
    public async Task<IReadOnlyList<long>> EndsAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            // A new one each time: one that is at hand may know the leaders of before, and does not look again.
            using var client = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Cluster.BootstrapServers }).Build();
            try
            {
                var result = await client.ListOffsetsAsync(
                    Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(Topic, p), OffsetSpec = OffsetSpec.Latest() }));
                return [.. result.ResultInfos.Select(static r => r.TopicPartitionOffsetError).OrderBy(static r => r.Partition.Value).Select(static r => r.Offset.Value)];
            }
            catch (KafkaException) when (Stopwatch.GetElapsedTime(since) < Waiting.Limit)
            {
                await Task.Delay(50);
            }
        }
    }

    public void Dispose()
    {
        producer.Dispose();
        Cluster.Dispose();
    }
}
