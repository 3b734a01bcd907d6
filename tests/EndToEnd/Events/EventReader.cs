using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Tests.EndToEnd.Support;
using UnifiedVlm.Tests.Unit.Documents;

namespace UnifiedVlm.Tests.EndToEnd.Events;

/// <summary>Reads all of a topic from its beginning. What has CloudEvents headers has to be what its schema in docs/schemas says.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly IConsumer<byte[], byte[]> consumer;

    public EventReader(TestBroker broker, string topic, int partitions)
    {
        NativeKafka.EnsureMapped();
        consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = broker.Bootstrap, GroupId = "reader" }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
    }

    /// <summary>What has come since, as a CloudEvent in JSON; attributes of other messages are their headers.</summary>
    public List<JsonObject> ReadNew()
    {
        var read = new List<JsonObject>();
        while (consumer.Consume(TimeSpan.FromMilliseconds(200)) is { } record)
        {
            var happened = new JsonObject { ["data"] = record.Message.Value is { Length: > 0 } ? JsonNode.Parse(record.Message.Value) : null };
            foreach (var header in record.Message.Headers)
                happened[header.Key.StartsWith("ce_", StringComparison.Ordinal) ? header.Key[3..] : header.Key] = Encoding.UTF8.GetString(header.GetValueBytes());
            if ((string?)happened["type"] is { } type)
            {
                var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "schemas", $"{type["com.unifiedvlm.".Length..]}.schema.json")))!.AsObject();
                Assert.Null(new MiniSchema(schema).Validate(happened));
            }

            read.Add(happened);
        }

        return read;
    }

    /// <summary>Waits for the first one that is meant.</summary>
    public async Task<JsonObject> FindAsync(Func<JsonObject, bool> isMeant, Func<string> what)
    {
        JsonObject? found = null;
        await Waiting.UntilAsync(() => Task.FromResult((found = ReadNew().FirstOrDefault(isMeant)) is not null), what);
        return found!;
    }

    public void Dispose() => consumer.Dispose();
}
