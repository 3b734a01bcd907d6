using System.CommandLine;
using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm broker</c>: the in-memory test broker, a process of its own.</summary>
internal static class BrokerCommand
{
    /// <summary>What precedes the address on the line that says the broker is ready.</summary>
    public const string Announcement = "bootstrap servers: ";

    public static Command Create()
    {
        var topics = Setting.List("--topic", "UVLM_BROKER_TOPICS", "NAME:PARTITIONS, for each topic to create at the start");
        var brokers = Setting.Number("--brokers", "UVLM_BROKERS", 1, "Brokers of the cluster", minimum: 1);
        var untilStdinCloses = StandardInput.CreateOption();
        var command = new Command("broker",
            "Run librdkafka's in-memory mock cluster as a Kafka for trying things out. It keeps about 5 MB a partition and nothing after its end.")
        {
            topics, brokers, untilStdinCloses,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            using var stop = StandardInput.Link(result.GetValue(untilStdinCloses), cancellationToken);
            using var broker = new MockBroker(result.GetValue(brokers));
            foreach (var topic in result.GetValue(topics)!)
            {
                var (name, partitions) = Parse(topic);
                broker.CreateTopic(name, partitions);
            }

            Console.WriteLine(Announcement + broker.BootstrapServers);
            await WaitAsync(stop.Token);
            return 0;
        });
        return command;
    }

    private static (string Name, int Partitions) Parse(string topic)
    {
        var colon = topic.LastIndexOf(':');
        if (colon < 1 || !int.TryParse(topic.AsSpan(colon + 1), out var partitions) || partitions < 1)
            throw new UsageException($"--topic {topic}: must be NAME:PARTITIONS, such as documents:4.");
        return (topic[..colon], partitions);
    }

    private static async Task WaitAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = stop.Register(stopped.SetResult);
        await stopped.Task;
    }
}
