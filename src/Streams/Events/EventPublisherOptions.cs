using Confluent.Kafka;

namespace UnifiedVlm.Streams.Events;

/// <summary>Where events go, and librdkafka's own settings.</summary>
public sealed record EventPublisherOptions
{
    public required string BootstrapServers { get; init; }

    public required string Topic { get; init; }

    /// <summary>librdkafka's settings by their own names; they win over our defaults, except for those that the protocol rests on.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Events of one Kafka transaction.</summary>
    public int BatchRows { get; init; } = 500;

    /// <summary>Their data; a larger event is published alone. What a shard holds in memory.</summary>
    public long BatchBytes { get; init; } = 1 << 20;

    /// <summary>How long an empty shard waits before it looks again.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A batch that the brokers have not taken by then is begun anew, from the outbox.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <param name="transactionalId">Whoever begins with it later ends what the one before has open.</param>
    internal ProducerConfig ToProducerConfig(string transactionalId)
    {
        var config = new Dictionary<string, string>
        {
            ["linger.ms"] = "5",
            // As Kafka's own clients place keys.
            ["partitioner"] = "murmur2_random",
        };
        foreach (var (name, value) in Settings)
            config[name] = value;
        config["bootstrap.servers"] = BootstrapServers;
        config["transactional.id"] = transactionalId;
        config["enable.idempotence"] = "true";
        return new ProducerConfig(config)
        {
            MessageTimeoutMs = (int)DeliveryTimeout.TotalMilliseconds,
            TransactionTimeoutMs = 2 * (int)DeliveryTimeout.TotalMilliseconds,
        };
    }
}
