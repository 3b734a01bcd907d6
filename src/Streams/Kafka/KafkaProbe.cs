using Confluent.Kafka;

namespace UnifiedVlm.Streams.Kafka;

/// <summary>Asks brokers who they are, for checks of a set-up.</summary>
public static class KafkaProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>One line about the cluster.</summary>
    /// <param name="options">Where it is and how to get in.</param>
    /// <exception cref="KafkaException">No broker answered.</exception>
    public static Task<string> DescribeAsync(KafkaSourceOptions options, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            NativeKafka.EnsureMapped();
            using var admin = new AdminClientBuilder(options.ToAdminConfig()).SetLogHandler(static (_, _) => { }).Build();
            var cluster = admin.GetMetadata(Patience);
            return $"{cluster.Brokers.Count} broker(s) at {options.BootstrapServers}, {cluster.Topics.Count} topic(s)";
        },
        cancellationToken);
}
