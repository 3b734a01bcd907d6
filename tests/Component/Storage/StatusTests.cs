using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class StatusTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task Counts_are_by_tenant_and_collection()
    {
        await WriteAsync(
            Make.Upsert(0, "x", 1, "one", parts: 3), Make.Upsert(1, "y", 1, "two"), Make.Upsert(2, "x", 1, "one", tenant: "b"), Make.Upsert(3, "z", 1, "three", collection: "d"),
            Make.Delete(4, "y", 2), Make.Dead(5));

        var status = await Store.Status.ReadAsync(CancellationToken.None);

        Assert.Equal([new CollectionCount("a", "c", 1, 3), new("a", "d", 1, 2), new("b", "c", 1, 2)], status.Collections);
        Assert.Equal((1L, 1L), (status.Tombstones, status.DeadLetters));
        Assert.Equal(Ingest.Generation, status.Live);
        var offset = Assert.Single(status.Offsets);
        Assert.Equal((Log, 6L, "test", 1L), (offset.Partition, offset.NextOffset, offset.Owner, offset.Epoch));
        Assert.True(status.DatabaseBytes > 1 << 20);
        Assert.Equal("exact", status.Index!.ToString());
    }

    [Fact]
    public async Task That_the_database_answers_is_heard_while_writers_and_searches_have_all_their_connections()
    {
        await using var store = await Store.OpenAsync(Options with { MaxPoolSize = 1 });
        await using var writing = await store.Sources.Ingest.OpenConnectionAsync();
        await using var searching = await store.Sources.App.OpenConnectionAsync();
        await store.Status.AskAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Versions_list_what_a_sender_need_not_send_again()
    {
        await WriteAsync(Make.Upsert(0, "x", 5, "one"), Make.Upsert(1, "y", 1, "two", collection: "d"), Make.Upsert(2, "z", 1, "three"), Make.Delete(3, "z", 2));

        var versions = new List<StoredVersion>();
        await foreach (var version in Store.Versions.ListVersionsAsync("a", "c"))
            versions.Add(version);

        var only = Assert.Single(versions);
        Assert.Equal(("x", 5L), (only.Id, only.Version));
        Assert.Equal(Make.Hash("one"), only.ContentHash.ToArray());
    }
}
