using System.Text;
using Confluent.Kafka;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary><c>uvlm broker</c> as a process of its own, and a plain Kafka producer to it.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly Uvlm process;
    private readonly IProducer<byte[], byte[]> producer;

    private TestBroker(Uvlm process, string bootstrap)
    {
        this.process = process;
        Bootstrap = bootstrap;
        NativeKafka.EnsureMapped();
        producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = bootstrap, LingerMs = 5, MessageMaxBytes = 4 << 20 }).Build();
    }

    public string Bootstrap { get; }

    /// <param name="topics">As <c>--topic</c> takes them: NAME:PARTITIONS.</param>
    public static async Task<TestBroker> StartAsync(params string[] topics)
    {
        var process = Uvlm.Start(["broker", "--until-stdin-closes", .. topics.SelectMany(static t => new[] { "--topic", t })], keepInputOpen: true);
        return new TestBroker(process, await process.WaitForLineAsync("bootstrap servers: "));
    }

    /// <summary>Sends in order and waits for the broker to have it all.</summary>
    /// <returns>The offset of each.</returns>
    public async Task<IReadOnlyList<long>> SendAsync(string topic, int partition, IEnumerable<KafkaRecord> records)
    {
        var at = new TopicPartition(topic, partition);
        var sent = records.Select(record =>
        {
            var headers = new Headers();
            foreach (var (name, value) in record.Headers)
                headers.Add(name, Encoding.UTF8.GetBytes(value));
            return producer.ProduceAsync(at, new Message<byte[], byte[]> { Key = record.Key!, Value = record.Value!, Headers = headers });
        }).ToList();
        return [.. (await Task.WhenAll(sent).WaitAsync(Waiting.Limit)).Select(static r => r.Offset.Value)];
    }

    public async ValueTask DisposeAsync()
    {
        producer.Dispose();
        await process.DisposeAsync();
    }
}
