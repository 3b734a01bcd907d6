using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What the publisher reads and marks.</summary>
public sealed class OutboxTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_stream_keeps_its_name_and_its_shards()
    {
        var first = await Store.Outbox.OpenAsync(3, CancellationToken.None);
        Assert.Equal(3, first.Shards);
        Assert.Equal(first, await Store.Outbox.OpenAsync(7, CancellationToken.None));
    }

    [Fact]
    public async Task Each_event_is_in_one_shard_with_all_of_its_document_in_order()
    {
        await WriteAsync([.. Enumerable.Range(0, 20).Select(static i => Make.Upsert(i, $"d{i}", 1, $"a{i}"))]);
        await WriteAsync([.. Enumerable.Range(20, 20).Select(static i => Make.Upsert(i, $"d{i - 20}", 2, $"b{i}"))]);
        await WriteAsync(Make.Dead(40, tenant: null));
        var stream = await Store.Outbox.OpenAsync(3, CancellationToken.None);
        var shards = new List<IReadOnlyList<PendingEvent>>();
        for (var shard = 0; shard < stream.Shards; shard++)
            shards.Add(await ReadAsync(stream, shard));
        Assert.Equal(41, shards.Sum(static s => s.Count));
        Assert.True(shards.Count(static s => s.Count > 0) > 1);
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(
            [1L, 2L], Assert.Single(shards, s => s.Any(e => e.DocumentId == $"d{i}")).Where(e => e.DocumentId == $"d{i}").Select(static e => e.Sequence!.Value)));
        Assert.Equal(new OutboxStatus(41, null, 0), await Store.Outbox.ReadStatusAsync(CancellationToken.None) with { OldestAge = null });
    }

    [Fact]
    public async Task What_is_committed_late_under_an_earlier_number_is_read_all_the_same()
    {
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        await using var connection = await OpenAdminAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var insert = connection.CreateCommand())
        {
            insert.CommandText = "INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data) VALUES ('document.indexed', 'a', 'early', 1, '{}')";
            await insert.ExecuteNonQueryAsync();
        }

        await WriteAsync(Make.Upsert(0, "late", 1, "x"));
        var lease = await TakeAsync(0);
        var seen = await ReadAsync(stream, 0);
        Assert.Equal(["late"], seen.Select(static e => e.DocumentId));
        await Store.Outbox.MarkAsync(lease, seen, CancellationToken.None);
        await transaction.CommitAsync();
        Assert.Equal(["early"], (await ReadAsync(stream, 0)).Select(static e => e.DocumentId));
    }

    [Fact]
    public async Task A_batch_ends_at_its_bytes_and_never_before_its_first_event()
    {
        await WriteAsync([.. Enumerable.Range(0, 3).Select(static i => Make.Upsert(i, $"d{i}", 1, $"a{i}"))]);
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        Assert.Single(await Store.Outbox.ReadAsync(stream, 0, 10, 1, CancellationToken.None));
        Assert.Equal(2, (await Store.Outbox.ReadAsync(stream, 0, 2, long.MaxValue, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task A_holder_that_was_replaced_marks_nothing()
    {
        await WriteAsync(Make.Upsert(0, "d", 1, "x"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var old = await TakeAsync(0);
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");
        var young = await TakeAsync(0);
        var events = await ReadAsync(stream, 0);
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Outbox.MarkAsync(old, events, CancellationToken.None));
        Assert.Single(await ReadAsync(stream, 0));
        await Store.Outbox.MarkAsync(young, events, CancellationToken.None);
        Assert.Empty(await ReadAsync(stream, 0));
    }

    [Fact]
    public async Task A_stream_that_begins_anew_has_another_name_and_a_higher_base_and_its_holder_marks_nothing()
    {
        await WriteAsync(Make.Upsert(0, "d", 1, "x"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var old = await TakeAsync(0);
        var events = await ReadAsync(stream, 0);
        Assert.Equal(0, stream.SequenceBase);

        var anew = await Store.Outbox.BeginAnewAsync(CancellationToken.None);

        Assert.Equal(anew, await Store.Outbox.OpenAsync(7, CancellationToken.None));
        Assert.NotEqual(stream.Id, anew.Id);
        Assert.Equal(1, anew.Shards);
        await Assert.ThrowsAsync<LeaseLostException>(() => Store.Outbox.MarkAsync(old, events, CancellationToken.None));
        await Store.Outbox.MarkAsync(await TakeAsync(0), events, CancellationToken.None);

        // Within the same second too.
        var again = await Store.Outbox.BeginAnewAsync(CancellationToken.None);
        Assert.True(again.SequenceBase > anew.SequenceBase && anew.SequenceBase > 1L << 50);
    }

    [Fact]
    public async Task A_database_that_nobody_has_published_from_begins_anew_as_well()
    {
        var anew = await Store.Outbox.BeginAnewAsync(CancellationToken.None);
        Assert.Equal(EventStream.DefaultShards, anew.Shards);
        Assert.True(anew.SequenceBase > 0);
    }

    [Fact]
    public async Task A_shard_of_a_long_backlog_is_read_by_its_index()
    {
        await ExecuteAsync("""
            INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data)
            SELECT 'document.indexed', 'a', 'd' || i, 1, '{}' FROM generate_series(1, 50000) i; ANALYZE uvlm.outbox
            """);
        var plan = string.Join('\n', await RowsAsync("""
            SET ROLE uvlm_ingest;
            EXPLAIN SELECT u.* FROM uvlm.outbox u WHERE u.slot = 3 AND u.published_at IS NULL ORDER BY u.id LIMIT 10
            """));
        Assert.Contains("Index Scan using outbox_waiting", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<PendingEvent>> ReadAsync(EventStream stream, int shard) => Store.Outbox.ReadAsync(stream, shard, 1000, long.MaxValue, CancellationToken.None);

    private async Task<Lease> TakeAsync(int shard) => (await Store.Leases.TryTakeAsync($"outbox/{shard}", "test", Lifetime, CancellationToken.None))!;
}
