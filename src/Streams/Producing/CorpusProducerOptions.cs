using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Streams.Producing;

/// <summary>Where documents are sent, and how far ahead of ingestion.</summary>
public sealed record CorpusProducerOptions
{
    public required string BootstrapServers { get; init; }

    public required string Topic { get; init; }

    /// <summary>librdkafka's settings by their own names; they win over our defaults.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Bytes a partition may hold that ingestion has not committed. Below what the test broker retains, with room for its own overhead.</summary>
    public long MaxOutstandingBytes { get; init; } = MockBroker.RetainedBytes * 4 / 5;

    /// <summary>The same in messages.</summary>
    public int MaxOutstandingMessages { get; init; } = MockBroker.RetainedMessages / 2;

    /// <summary>How often ingestion's positions are asked for while a partition is full.</summary>
    public TimeSpan PositionInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>For documents that name no version; null leaves the offset to take its place.</summary>
    public long? DefaultVersion { get; init; }

    /// <summary>A message is given up after this, and with it the whole sending.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
