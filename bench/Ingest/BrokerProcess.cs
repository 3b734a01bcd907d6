using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>The test broker in a process of its own, as <c>uvlm broker</c> runs it. Ends with its standard input.</summary>
internal static class BrokerProcess
{
    public const string Name = "broker";
    public const string Topic = "documents";

    public static int Run(int partitions)
    {
        using var broker = new MockBroker();
        broker.CreateTopic(Topic, partitions);
        Console.WriteLine(broker.BootstrapServers);
        while (Console.ReadLine() is not null)
        {
        }

        return 0;
    }
}
