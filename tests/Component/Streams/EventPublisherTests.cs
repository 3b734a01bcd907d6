using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Events;
using UnifiedVlm.Tests.Component.Storage;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>From the outbox to the brokers, with real transactions on both sides.</summary>
public sealed class EventPublisherTests(PostgresCluster cluster, BrokerFixture fixture) : DatabaseTest(cluster), IClassFixture<BrokerFixture>
{
    private static readonly LeasedWorkOptions Leases = new() { Lifetime = TimeSpan.FromMinutes(5), Interval = TimeSpan.FromMilliseconds(20), LongestWait = TimeSpan.FromMilliseconds(100) };

    [Fact]
    public async Task Events_arrive_as_CloudEvents_each_document_in_order_and_are_marked()
    {
        var topic = fixture.Topic(2);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"));
        await WriteAsync(Make.Delete(2, "x", 2), Make.Dead(3));
        var stream = await Store.Outbox.OpenAsync(2, CancellationToken.None);
        await using (Start(stream, topic))
            await UntilPublishedAsync();

        var read = Read(topic, 4);
        Assert.Equal(["document.indexed", "document.deleted"], read.Where(static r => Key(r) == "a/x").Select(TypeOf));
        Assert.Equal(["1", "2"], read.Where(static r => Key(r) == "a/x").Select(static r => Header(r, "ce_sequence")));
        Assert.Single(read.Select(static r => r.Partition.Value).Zip(read.Select(Key)).Where(static p => p.Second == "a/x").Select(static p => p.First).Distinct());
        var deleted = read.Single(static r => TypeOf(r) == "document.deleted");
        Assert.Equal(
            ("1.0", $"/uvlm/{stream.Id}", "x", "a", "application/json"),
            (Header(deleted, "ce_specversion"), Header(deleted, "ce_source"), Header(deleted, "ce_subject"), Header(deleted, "ce_tenant"), Header(deleted, "content-type")));
        Assert.Equal(await RowsAsync("SELECT id FROM uvlm.outbox ORDER BY id"), read.Select(static r => Header(r, "ce_id")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_batch_whose_mark_was_lost_is_published_again_with_the_same_ids()
    {
        var topic = fixture.Topic(1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var events = await Store.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None);
        // What a process has done that is killed here.
        using (var producer = new EventProducer(PublishingTo(topic), stream, 0, NullLogger.Instance))
        {
            await producer.BeginAsync(CancellationToken.None);
            await producer.PublishAsync(events, CancellationToken.None);
        }

        await using (Start(stream, topic))
            await UntilPublishedAsync();
        var ids = Read(topic, 4).Select(static r => Header(r, "ce_id")).ToList();
        Assert.Equal(ids.Take(2), ids.Skip(2));
    }

    [Fact]
    public async Task A_publisher_ends_beside_a_server_that_does_not_answer_and_the_next_one_publishes_what_is_not_marked()
    {
        var topic = fixture.Topic(1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        await using var proxy = new ServerProxy(ConnectionString);
        var left = new LeftBehindLog();
        await using var behind = await Store.OpenAsync(Options with { ConnectionString = proxy.ConnectionString }, new OneLogger(left));
        var silent = proxy.Arm(ServerProxy.Fault.Silence, "COMMIT\0");
        var publisher = Start(stream, topic, store: behind);
        await silent.WaitAsync(Patience);

        await publisher.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.Contains("Marking events as published", left.What);
        Assert.Equal(2, publisher.Published);
        proxy.Release();
        // Waits for the mark that was left behind, which counts or does not.
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");
        var unmarked = await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE published_at IS NULL");
        Assert.Contains(unmarked, new[] { 0L, 2L });
        await using (Start(stream, topic))
            await UntilPublishedAsync();
        Assert.Equal(["x", "y"], Read(topic, 2 + (int)unmarked).Select(static r => Header(r, "ce_subject")).Distinct());
    }

    /// <summary>The test broker tells no producers of one transactional id apart, so it is told to refuse the stale one as Kafka does.</summary>
    [Fact]
    public async Task A_stale_publisher_that_wakes_is_refused_at_the_brokers_and_marks_nothing()
    {
        var topic = fixture.Topic(1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var old = await TakeAsync("old");
        using var stale = new EventProducer(PublishingTo(topic), stream, 0, NullLogger.Instance);
        await stale.BeginAsync(CancellationToken.None);
        var events = await Store.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None);

        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");
        var young = await TakeAsync("young");
        fixture.Broker.PushRequestErrors(BrokerRequest.EndTransaction, ErrorCode.ProducerFenced);
        await Assert.ThrowsAnyAsync<KafkaException>(() => stale.PublishAsync(events, CancellationToken.None));
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Outbox.MarkAsync(old, events, CancellationToken.None));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE published_at IS NULL"));

        await Store.Leases.ReleaseAsync(young, CancellationToken.None);
        await using (Start(stream, topic))
            await UntilPublishedAsync();
    }

    [Fact]
    public void Every_holder_of_a_shard_has_the_same_transactional_id()
    {
        var (id, other) = (Guid.NewGuid(), Guid.NewGuid());
        Assert.Equal($"uvlm-outbox-{id}-3", EventProducer.TransactionalId(new EventStream(id, 4), 3));
        Assert.NotEqual(EventProducer.TransactionalId(new EventStream(id, 4), 3), EventProducer.TransactionalId(new EventStream(other, 4), 3));
        var config = (PublishingTo("t") with { Settings = new Dictionary<string, string> { ["transactional.id"] = "mine", ["enable.idempotence"] = "false" } }).ToProducerConfig("x");
        Assert.Equal(("x", true), (config.TransactionalId, config.EnableIdempotence));
    }

    [Fact]
    public async Task A_transaction_that_the_brokers_refuse_is_begun_anew_by_whoever_has_the_lease()
    {
        var topic = fixture.Topic(1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        fixture.Broker.PushRequestErrors(BrokerRequest.EndTransaction, ErrorCode.InvalidProducerEpoch);
        await using (Start(stream, topic))
            await UntilPublishedAsync();
        Assert.True(await ScalarAsync<long>("SELECT epoch FROM uvlm.lease WHERE name = 'outbox/0'") > 1);
    }

    [Fact]
    public async Task While_the_brokers_are_away_events_wait_and_nothing_is_lost()
    {
        using var broker = new MockBroker();
        broker.CreateTopic("events", 1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        await using var publisher = Start(stream, "events", broker.BootstrapServers);
        await UntilPublishedAsync();
        broker.SetBrokerDown();
        await WriteAsync(Make.Upsert(1, "y", 1, "two"));
        broker.SetBrokerUp();
        await UntilPublishedAsync();
        Assert.Equal(["a/x", "a/y"], Read("events", 2, broker.BootstrapServers).Select(Key).Distinct());
    }

    [Fact]
    public async Task A_restored_database_publishes_under_another_source_and_higher_sequences()
    {
        var topic = fixture.Topic(1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        await using (Start(stream, topic))
            await UntilPublishedAsync();
        var copy = await Cluster.CreateDatabaseAsync();
        try
        {
            await Cluster.CopyAsync(ConnectionString, copy);
            await WriteAsync(Make.Upsert(1, "x", 2, "after the backup"), Make.Upsert(2, "y", 1, "after the backup"));
            await using (Start(stream, topic))
                await UntilPublishedAsync();

            await using var restored = await Store.OpenAsync(Options with { ConnectionString = copy });
            var anew = await restored.Outbox.BeginAnewAsync(CancellationToken.None);
            var ingest = await restored.OpenIngestAsync(Model, Dimension);
            var lease = await ingest.AcquireAsync(Log, "test", CancellationToken.None);
            await ingest.WriteAsync(
                lease, lease.NextOffset!.Value, 3, [Make.Upsert(1, "x", 2, "after the restore"), Make.Upsert(2, "y", 1, "after the restore")], CancellationToken.None);
            await using (Start(stream, topic, store: restored))
                await UntilPublishedAsync(restored);

            var read = Read(topic, 5);
            Assert.Equal(["x 1", "x 2", "y 1"], read.Take(3).Select(static r => $"{Header(r, "ce_subject")} {Header(r, "ce_sequence")}"));
            Assert.NotEqual(stream.Id, anew.Id);
            Assert.All(read.Skip(3), r => Assert.Equal($"/uvlm/{anew.Id}", Header(r, "ce_source")));
            Assert.All(read.Skip(3), static r => Assert.InRange(long.Parse(Header(r, "ce_sequence"), CultureInfo.InvariantCulture), 3, 1L << 53));
        }
        finally
        {
            await Cluster.DropDatabaseAsync(copy);
        }
    }

    [Fact]
    public async Task A_publisher_that_goes_on_takes_up_the_new_source()
    {
        var topic = fixture.Topic(1);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        await using var publisher = Start(stream, topic);
        await UntilPublishedAsync();
        var anew = await Store.Outbox.BeginAnewAsync(CancellationToken.None);
        await WriteAsync(Make.Upsert(1, "x", 2, "two"));
        await UntilPublishedAsync();

        // The second under the old name first: the publisher learns that its lease is gone when it marks it.
        Assert.Equal(
            [$"/uvlm/{stream.Id} 1", $"/uvlm/{stream.Id} 2", $"/uvlm/{anew.Id} {anew.SequenceBase + 2}"],
            Read(topic, 3).Select(static r => $"{Header(r, "ce_source")} {Header(r, "ce_sequence")}"));
    }

    private EventPublisher Start(EventStream stream, string topic, string? bootstrap = null, Store? store = null)
        => EventPublisher.Start(store ?? Store, stream, "test", PublishingTo(topic, bootstrap), Leases, NullLoggerFactory.Instance, TimeProvider.System);

    private EventPublisherOptions PublishingTo(string topic, string? bootstrap = null)
        => new() { BootstrapServers = bootstrap ?? fixture.Broker.BootstrapServers, Topic = topic, PollInterval = TimeSpan.FromMilliseconds(10) };

    private async Task<Lease> TakeAsync(string owner) => (await Store.Leases.TryTakeAsync(EventPublisher.LeaseName(0), owner, Leases.Lifetime, CancellationToken.None))!;

    private Task UntilPublishedAsync() => UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE published_at IS NULL)");

    private static async Task UntilPublishedAsync(Store store)
    {
        using var patience = new CancellationTokenSource(Patience);
        while ((await store.Outbox.ReadStatusAsync(patience.Token)).Unpublished > 0)
            await Task.Delay(5, patience.Token);
    }

    private List<ConsumeResult<byte[], byte[]>> Read(string topic, int count, string? bootstrap = null)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = bootstrap ?? fixture.Broker.BootstrapServers, GroupId = "none" }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        consumer.Assign(admin.GetMetadata(topic, Patience).Topics.Single().Partitions.Select(p => new TopicPartitionOffset(topic, p.PartitionId, Offset.Beginning)));
        var read = new List<ConsumeResult<byte[], byte[]>>();
        while (read.Count < count)
            read.Add(consumer.Consume(Patience) ?? throw new TimeoutException($"{read.Count} of {count} events came"));
        Assert.Null(consumer.Consume(TimeSpan.FromMilliseconds(50)));
        return read;
    }

    private static string? Key(ConsumeResult<byte[], byte[]> record) => record.Message.Key is { } key ? Encoding.UTF8.GetString(key) : null;

    private static string Header(ConsumeResult<byte[], byte[]> record, string name) => Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes(name));

    private static string TypeOf(ConsumeResult<byte[], byte[]> record)
        => Header(record, "ce_type")[EventMessage.TypePrefix.Length..^EventMessage.TypeVersion.Length];
}
