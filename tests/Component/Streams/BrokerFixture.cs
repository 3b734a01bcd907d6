using Confluent.Kafka;
using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>One test broker for a class of tests; every test has topics of its own.</summary>
public sealed class BrokerFixture : IDisposable
{
    private readonly IProducer<byte[], byte[]> producer;

    public BrokerFixture()
    {
        Broker = new MockBroker(2);
        Broker.SetGroupJoinDelay(TimeSpan.FromMilliseconds(50));
        producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = Broker.BootstrapServers, LingerMs = 5 }).Build();
    }

    public MockBroker Broker { get; }

    /// <summary>A new topic with a name that no other test uses.</summary>
    public string Topic(int partitions)
    {
        var topic = $"topic-{Guid.NewGuid():N}";
        Broker.CreateTopic(topic, partitions);
        return topic;
    }

    /// <summary>Sends values to one partition, in order, and waits for the brokers to have them.</summary>
    public async Task SendAsync(string topic, int partition, IEnumerable<byte[]?> values, string key = "key", Headers? headers = null)
    {
        var at = new TopicPartition(topic, partition);
        var sent = values
            .Select(value => producer.ProduceAsync(at, new Message<byte[], byte[]> { Key = System.Text.Encoding.UTF8.GetBytes(key), Value = value!, Headers = headers }))
            .ToList();
        await Task.WhenAll(sent);
    }

    public void Dispose()
    {
        producer.Dispose();
        Broker.Dispose();
    }
}
