using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Producing;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

public sealed class CorpusProducerTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task Twenty_megabytes_pass_through_a_partition_that_keeps_five()
    {
        const int count = 200;
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await using var node = new Node(fixture, topic, store);
        using var producer = Producer(topic, store);
        var report = await producer.SendAsync(
            Enumerable.Range(0, count).Select(static i => Records.Document($"{i}", new string((char)('a' + (i % 26)), 100_000))), CancellationToken.None)
            .WaitAsync(Waiting.Limit);
        Assert.Equal((count, 0), (report.Sent, report.Refused.Count));
        Assert.True(report.Bytes > 3 * MockBroker.RetainedBytes);
        await Waiting.UntilAsync(() => store.Outcomes.Count >= count, "all are stored");
        await node.StopAsync();
        Assert.Equal(count, store.Documents.Count);
        Assert.Empty(store.DeadLetters);
        Assert.All(store.Documents.Values, static u => Assert.Equal(77, u.Version.Value));
    }

    [Fact]
    public async Task Without_ingestion_it_stops_before_the_broker_forgets_anything()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        using var producer = Producer(topic, store);
        using var stop = new CancellationTokenSource();
        var sending = producer.SendAsync(
            Enumerable.Range(0, 200).Select(static i => Records.Document($"{i}", new string('x', 100_000))), stop.Token);
        await Waiting.UntilAsync(() => producer.Report.Sent >= 35, "the window fills");
        Assert.False(sending.IsCompleted);
        await using var node = new Node(fixture, topic, store);
        await sending.WaitAsync(Waiting.Limit);
        await Waiting.UntilAsync(() => store.Documents.Count == 200, "everything arrives once there is ingestion");
        Assert.Empty(store.DeadLetters);
    }

    [Fact]
    public async Task A_document_that_no_partition_is_sure_to_keep_is_refused_and_named()
    {
        var topic = fixture.Topic(1);
        using var producer = Producer(topic, new RecordingStore());
        var report = await producer.SendAsync(
            [Records.Document("small"), Records.Document("huge", new string('x', 5 << 20)), Records.Document("last")], CancellationToken.None)
            .WaitAsync(Waiting.Limit);
        Assert.Equal(2, report.Sent);
        Assert.Equal("huge", Assert.Single(report.Refused).Id);
    }

    [Fact]
    public async Task Keys_keep_to_their_partition_and_what_an_earlier_run_left_is_read_first()
    {
        var topic = fixture.Topic(4);
        var store = new RecordingStore();
        using (var first = Producer(topic, store))
            await first.SendAsync(Enumerable.Range(0, 40).Select(static i => Records.Document($"{i}", "one")), CancellationToken.None).WaitAsync(Waiting.Limit);
        using var second = Producer(topic, store);
        var sending = second.SendAsync(Enumerable.Range(0, 40).Select(static i => Records.Document($"{i}", "two", version: 78)), CancellationToken.None);
        Assert.False(sending.IsCompleted);
        Assert.Equal(0, second.Report.Sent);
        await using var node = new Node(fixture, topic, store);
        await sending.WaitAsync(Waiting.Limit);
        await Waiting.UntilAsync(() => store.Outcomes.Count == 80, "both runs are stored");
        var partitions = store.Ranges
            .SelectMany(static r => r.Outcomes.OfType<DocumentUpsert>().Select(u => (u.Document.Id, r.Lease.Partition.Partition)))
            .Distinct()
            .ToList();
        Assert.Equal(40, partitions.Count);
        Assert.Equal(4, partitions.Select(static p => p.Partition).Distinct().Count());
        Assert.All(store.Documents.Values, static u => Assert.Equal(78, u.Version.Value));
    }

    private CorpusProducer Producer(string topic, RecordingStore store) => new(
        new CorpusProducerOptions { BootstrapServers = fixture.Broker.BootstrapServers, Topic = topic, DefaultVersion = 77 },
        _ => ValueTask.FromResult<IReadOnlyDictionary<int, long>>(Enumerable.Range(0, 4)
            .Select(p => (Partition: p, Next: store.NextOffset("group-" + topic, topic, p)))
            .Where(static p => p.Next is not null)
            .ToDictionary(static p => p.Partition, static p => p.Next!.Value)),
        NullLogger.Instance);
}
