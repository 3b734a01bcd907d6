using System.Globalization;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Tests.Component.Storage;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Streams;

/// <summary>Broker, pipeline and PostgreSQL; only the model is not real.</summary>
public sealed class RealStoreTests(PostgresCluster cluster, BrokerFixture fixture) : DatabaseTest(cluster), IClassFixture<BrokerFixture>
{
    private readonly List<Store> stores = [];

    public override async Task DisposeAsync()
    {
        foreach (var store in stores)
            await store.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Two_nodes_and_connections_that_break_at_their_commits_store_every_document_once()
    {
        const int partitions = 4;
        const int each = 150;
        var topic = fixture.Topic(partitions);
        for (var p = 0; p < partitions; p++)
        {
            await fixture.SendAsync(topic, p, Documents(p, each, "old"));
            // Updates of every document, deletes of some, and a record that is none.
            await fixture.SendAsync(topic, p, Documents(p, each, "new"));
            for (var i = 0; i < 5; i++)
                await fixture.SendAsync(topic, p, [null], key: Id(p, i));
            await fixture.SendAsync(topic, p, ["{"u8.ToArray()]);
        }

        await using var proxy = new ServerProxy(ConnectionString);
        var some = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var encoding = 0;
        // The rest is held back until the second fault waits for its commit: on a busy machine everything would be committed before it does.
        var model = new FakeModel { OnEncode = (_, token) => (Interlocked.Increment(ref encoding) <= each ? some : rest).Task.WaitAsync(token) };
        await using var a = new Node(fixture, topic, await OpenAsync(proxy.ConnectionString), model, pipeline: static o => o with { WriteBatchRecords = 20 });
        await Waiting.UntilAsync(() => a.Partitions == partitions, "the first node reads");
        var lost = proxy.Arm(ServerProxy.Fault.DropAnswer, "COMMIT\0");
        some.SetResult();
        await Waiting.ForAsync(lost, "the answer to a COMMIT is lost", a.Describe);
        var cut = proxy.Arm(ServerProxy.Fault.DropBefore, "COMMIT\0");
        rest.SetResult();
        await Waiting.ForAsync(cut, "a connection breaks before its COMMIT", a.Describe);
        await using var b = new Node(fixture, topic, await OpenAsync(ConnectionString), pipeline: static o => o with { WriteBatchRecords = 20 });
        await Waiting.UntilAsync(
            () => a.Pipeline.Status().Partitions.Concat(b.Pipeline.Status().Partitions).Where(static p => p.NextOffset == (2 * each) + 6)
                .Select(static p => p.Partition.Partition).Distinct().Count() == partitions,
            "every partition is stored to its end",
            () => $"first node: {a.Describe()}\nsecond node: {b.Describe()}");
        await a.StopAsync();
        await b.StopAsync();
        Assert.Equal(partitions, await ScalarAsync<long>($"SELECT count(*) FROM uvlm.ingest_offset WHERE next_offset = {(2 * each) + 6}"));
        Assert.Equal(partitions * (each - 5), await ScalarAsync<long>("SELECT count(*) FROM uvlm.document WHERE NOT deleted"));
        Assert.Equal(partitions * 5, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document WHERE deleted"));
        Assert.Equal(partitions, await ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
        // Each ends with its newest version: the offset of its update.
        Assert.Equal(
            partitions * (each - 5),
            await ScalarAsync<long>($"SELECT count(*) FROM uvlm.document WHERE NOT deleted AND version = {each} + split_part(id, '-', 2)::bigint"));
    }

    [Fact]
    public async Task A_second_round_of_the_same_content_is_not_encoded_again()
    {
        var topic = fixture.Topic(1);
        await fixture.SendAsync(topic, 0, Documents(0, 40, "same"));
        await using var node = new Node(fixture, topic, await OpenAsync(ConnectionString));
        // Not only stored but out of the way: a document that has another of its id before it is not compared.
        await Waiting.UntilAsync(() => node.Pipeline.Status() is { Totals.Upserted: 40, Partitions: [{ InFlight: 0 }] }, "the first round is stored");
        await fixture.SendAsync(topic, 0, Documents(0, 40, "same"));
        await Waiting.UntilAsync(() => node.Pipeline.Status().Totals.Unchanged == 40, "the second round is stored");
        Assert.Equal(40, node.Model.Encoded);
    }

    private static string Id(int partition, int i) => string.Create(CultureInfo.InvariantCulture, $"{partition}-{i}");

    private static IEnumerable<byte[]> Documents(int partition, int count, string text) =>
        Enumerable.Range(0, count).Select(i => DocumentJson.Serialize(Records.Document(Id(partition, i), text, images: i % 2)));

    private async Task<IngestStore> OpenAsync(string connectionString)
    {
        var store = await Store.OpenAsync(Options with { ConnectionString = connectionString });
        stores.Add(store);
        return await store.OpenIngestAsync(Model, FakeModel.Dimension);
    }
}
