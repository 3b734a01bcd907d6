using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>Stored positions that the log does not have (any more), and logs that are not the one that was read.</summary>
public sealed class KafkaPositionTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private static readonly Func<KafkaSourceOptions, KafkaSourceOptions> Named = static o => o with { LogId = "the log" };

    [Fact]
    public async Task A_partition_never_read_begins_at_the_low_watermark()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(20));
        fixture.Broker.DeleteRecords(topic, 0, 5);
        await using var node = new Node(fixture, topic, store);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 20, "all are stored");
        Assert.Equal(Enumerable.Range(5, 15).Select(static i => (long)i), store.Outcomes.Select(static o => o.Offset));
        Assert.Empty(store.DeadLetters);
    }

    [Fact]
    public async Task Below_the_low_watermark_the_lost_range_is_recorded_and_reading_goes_on_there()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(20));
        fixture.Broker.DeleteRecords(topic, 0, 12);
        store.SetPosition(Node.Log(topic, "the log", 0), 4);
        await using var node = new Node(fixture, topic, store, source: Named);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 20, "all are stored");
        var lost = Assert.Single(store.DeadLetters);
        Assert.Equal((4, "source"), (lost.Offset, lost.Stage));
        Assert.Contains("4 to 11", lost.Reason, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(12, 8).Select(static i => (long)i), store.Outcomes.OfType<DocumentUpsert>().Select(static o => o.Offset));
    }

    [Fact]
    public async Task Records_deleted_under_the_reader_are_recorded_as_lost_and_what_it_had_read_is_not()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        var gate = new SemaphoreSlim(0);
        var model = new FakeModel { OnEncode = (_, token) => gate.WaitAsync(token) };
        await fixture.SendAsync(topic, 0, Documents(10));
        await using var node = new Node(
            fixture, topic, store, model, Named, static o => o with { MaxRecordsInFlight = 4, MaxRecordsInFlightPerPartition = 4 });
        await Waiting.UntilAsync(() => model.Prepared == 4, "four are in flight, the partition is paused");
        await fixture.SendAsync(topic, 0, Documents(10));
        fixture.Broker.DeleteRecords(topic, 0, 15);
        gate.Release(100);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 20, "all are stored");
        var lost = Assert.Single(store.DeadLetters);
        Assert.InRange(lost.Offset, 4, 14);
        Assert.Equal(
            Enumerable.Range(0, (int)lost.Offset).Concat(Enumerable.Range(15, 5)).Select(static i => (long)i),
            store.Outcomes.OfType<DocumentUpsert>().Select(static o => o.Offset));
    }

    [Fact]
    public async Task A_partition_that_the_client_has_stopped_to_fetch_is_opened_anew()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        var gate = new SemaphoreSlim(0);
        var model = new FakeModel { OnEncode = (_, token) => gate.WaitAsync(token) };
        StoppedFetch? client = null;
        await fixture.SendAsync(topic, 0, Documents(10));
        await using var node = new Node(
            fixture, topic, store, model, Named, static o => o with { MaxRecordsInFlight = 4, MaxRecordsInFlightPerPartition = 4 },
            through: consumer => ConsumerProxy.Over<StoppedFetch>(consumer, out client));
        await Waiting.UntilAsync(() => model.Prepared == 4, "four are in flight, the partition is paused");
        gate.Release(100);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 10, "all are stored");
        Assert.Equal(1, client!.Refused);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => (long)i), store.Outcomes.OfType<DocumentUpsert>().Select(static o => o.Offset));
    }

    [Fact]
    public async Task A_partition_that_the_client_has_never_begun_to_fetch_is_opened_anew()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        StoppedFetch? client = null;
        await fixture.SendAsync(topic, 0, Documents(10));
        await using var node = new Node(
            fixture, topic, store, source: static o => o with { LogId = "the log", PositioningTimeout = TimeSpan.FromMilliseconds(100) },
            through: consumer =>
            {
                var stopped = ConsumerProxy.Over<StoppedFetch>(consumer, out client);
                client.IsStopped = true;
                return stopped;
            });
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 10, "all are stored");
        // Until its time was up it was only asked again.
        Assert.True(client!.Refused > 1);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => (long)i), store.Outcomes.OfType<DocumentUpsert>().Select(static o => o.Offset));
    }

    [Fact]
    public async Task A_position_that_a_late_answer_has_undone_is_set_again()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        UndoneSeek? client = null;
        await fixture.SendAsync(topic, 0, Documents(20));
        store.SetPosition(Node.Log(topic, "the log", 0), 10);
        await using var node = new Node(fixture, topic, store, source: Named, through: consumer => ConsumerProxy.Over<UndoneSeek>(consumer, out client));
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 20, "all are stored");
        await node.StopAsync();
        Assert.Equal([10, 10], client!.Asked.Take(2));
        Assert.Equal(Enumerable.Range(10, 10).Select(static i => (long)i), store.Outcomes.Select(static o => o.Offset));
        Assert.Empty(store.DeadLetters);
    }

    [Fact]
    public async Task Offsets_after_the_last_record_are_no_lag_and_not_lost_when_the_log_drops_them()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(20));
        await using (var node = new Node(fixture, topic, store, source: Named, through: static consumer => ConsumerProxy.Over<MarkedEnd>(consumer, out _)))
        {
            await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 22, "the position is at the end", node.Describe);
            await Waiting.UntilAsync(() => node.Pipeline.Status().Partitions.Any(static p => p.EndOffset == 22 && p.Lag == 0), "nothing lags", node.Describe);
            await node.StopAsync();
        }

        Assert.Equal(20, store.Outcomes.Count);
        // What stood for the markers is gone, and one record has come after it.
        await fixture.SendAsync(topic, 0, Documents(3));
        fixture.Broker.DeleteRecords(topic, 0, 22);
        await using var second = new Node(fixture, topic, store, source: Named);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 23, "it goes on", second.Describe);
        Assert.Empty(store.DeadLetters);
        Assert.Equal(Enumerable.Range(0, 20).Append(22).Select(static i => (long)i), store.Outcomes.Select(static o => o.Offset));
    }

    [Fact]
    public async Task An_end_beyond_a_position_just_set_is_looked_at_twice()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        MarkedEnd? client = null;
        await fixture.SendAsync(topic, 0, Documents(20));
        store.SetPosition(Node.Log(topic, "the log", 0), 20);
        await using var node = new Node(fixture, topic, store, source: Named, through: consumer => ConsumerProxy.Over<MarkedEnd>(consumer, out client));
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 22, "the position is at the end", node.Describe);
        await node.StopAsync();
        Assert.True(client!.Sought >= 2);
        Assert.Empty(store.Outcomes);
    }

    [Fact]
    public async Task Above_the_high_watermark_the_partition_stops_and_the_others_go_on()
    {
        var topic = fixture.Topic(2);
        var store = new RecordingStore();
        var log = new ListLogger();
        for (var p = 0; p < 2; p++)
            await fixture.SendAsync(topic, p, Documents(10));
        store.SetPosition(Node.Log(topic, "the log", 0), 50);
        await using var node = new Node(fixture, topic, store, source: Named, logger: log);
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 1) == 10, "the other partition is stored");
        await Waiting.UntilAsync(() => log.Lines.Any(static l => l.Contains("uvlm offsets adopt", StringComparison.Ordinal)), "the operator is told the command");
        Assert.Equal(50, store.NextOffset("group-" + topic, topic, 0));
        Assert.Equal([Node.Log(topic, "the log", 0)], node.Pipeline.Status().Halted);
        Assert.All(store.Ranges, static r => Assert.Equal(1, r.Lease.Partition.Partition));

        // What comes to lie before the position is new: it is not left out because the log has become long enough.
        await fixture.SendAsync(topic, 0, Documents(60));
        var asked = 0;
        store.BeforeAcquire = _ =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        };
        await Waiting.UntilAsync(() => Volatile.Read(ref asked) >= 3, "it is looked at again");
        Assert.Equal(50, store.NextOffset("group-" + topic, topic, 0));
        store.Forget(Node.Log(topic, "the log", 0));
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 70, "it is read from its beginning once it is adopted");
        Assert.Empty(node.Pipeline.Status().Halted);
    }

    [Fact]
    public async Task Another_log_stops_the_partition_until_the_operator_adopts_it()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        var log = new ListLogger();
        await fixture.SendAsync(topic, 0, Documents(10));
        store.SetPosition(Node.Log(topic, "another cluster", 0), 3);
        var asked = 0;
        store.BeforeAcquire = _ =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        };
        await using var node = new Node(fixture, topic, store, logger: log);
        await Waiting.UntilAsync(() => log.Lines.Any(static l => l.Contains("another cluster", StringComparison.Ordinal) && l.Contains("uvlm offsets adopt", StringComparison.Ordinal)), "the operator is told");
        Assert.Empty(store.Ranges);
        Assert.Equal(3, store.NextOffset("group-" + topic, topic, 0));
        Assert.Equal(topic, Assert.Single(node.Pipeline.Status().Halted).Topic);

        await Waiting.UntilAsync(() => Volatile.Read(ref asked) >= 3, "it is asked for again");
        Assert.Single(log.Lines, static l => l.Contains("uvlm offsets adopt", StringComparison.Ordinal));
        store.Forget(Node.Log(topic, "another cluster", 0));
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 10, "the adopted log is read");
        Assert.Empty(node.Pipeline.Status().Halted);
    }

    [Fact]
    public async Task Another_log_is_read_from_its_beginning_when_that_is_what_the_operator_chose()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(10));
        store.SetPosition(Node.Log(topic, "another cluster", 0), 3);
        await using var node = new Node(
            fixture, topic, store, source: static o => o with { OnNewLog = OnNewLog.Adopt }, adoption: new Adoption(store));
        await Waiting.UntilAsync(() => store.NextOffset("group-" + topic, topic, 0) == 10, "all are stored");
        Assert.Equal(10, store.Outcomes.Count);
    }

    [Fact]
    public async Task A_topic_made_anew_under_its_old_name_is_another_log()
    {
        var topic = fixture.Topic(1);
        var store = new RecordingStore();
        await fixture.SendAsync(topic, 0, Documents(5));
        await using (var node = new Node(fixture, topic, store))
        {
            await Waiting.UntilAsync(() => store.Outcomes.Count == 5, "the first topic is stored");
            await node.StopAsync();
        }

        fixture.Broker.DeleteTopic(topic);
        fixture.Broker.CreateTopic(topic, 1);
        var log = new ListLogger();
        await using var second = new Node(fixture, topic, store, logger: log);
        await Waiting.UntilAsync(() => log.Lines.Any(static l => l.Contains("uvlm offsets adopt", StringComparison.Ordinal)), "the operator is told");
        Assert.Equal(5, store.Outcomes.Count);
    }

    private static IEnumerable<byte[]> Documents(int count) =>
        Enumerable.Range(0, count).Select(static i => DocumentJson.Serialize(Records.Document($"{i}")));

    private sealed class Adoption(RecordingStore store) : ILogAdoption
    {
        public Task AdoptAsync(LogPartition partition, CancellationToken cancellationToken)
        {
            store.Forget(partition);
            return Task.CompletedTask;
        }
    }
}
