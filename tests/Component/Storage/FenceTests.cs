using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class FenceTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string Everything = """
        SELECT (SELECT count(*) FROM uvlm.document), (SELECT count(*) FROM uvlm.part_vector_1), (SELECT count(*) FROM uvlm.packed_1),
            (SELECT count(*) FROM uvlm.outbox), (SELECT count(*) FROM uvlm.dead_letter), (SELECT count(*) FROM uvlm.collection)
        """;

    [Fact]
    public async Task The_first_taker_starts_without_an_offset_and_the_next_one_where_it_stopped()
    {
        var first = await Ingest.AcquireAsync(Log, "one", CancellationToken.None);
        Assert.Equal((1L, (long?)null), (first.Epoch, first.NextOffset));
        await Ingest.WriteAsync(first, 100, 105, [Make.Upsert(102, "x", 1, "one")], CancellationToken.None);

        var second = await Ingest.AcquireAsync(Log, "two", CancellationToken.None);
        Assert.Equal((2L, (long?)105), (second.Epoch, second.NextOffset));
        Assert.Equal(["two|2"], await RowsAsync("SELECT owner, epoch FROM uvlm.ingest_offset"));
    }

    [Fact]
    public async Task The_old_owners_write_fails_and_leaves_nothing()
    {
        var old = await Ingest.AcquireAsync(Log, "old", CancellationToken.None);
        await Ingest.AcquireAsync(Log, "new", CancellationToken.None);
        var before = await RowsAsync(Everything);

        var error = await Assert.ThrowsAsync<FencedException>(
            () => Ingest.WriteAsync(old, 0, 2, [Make.Upsert(0, "x", 1, "one"), Make.Dead(1)], CancellationToken.None));

        Assert.Equal(old, error.Lease);
        Assert.Equal(before, await RowsAsync(Everything));
    }

    [Fact]
    public async Task A_range_that_does_not_continue_the_last_one_is_refused()
    {
        var lease = await Ingest.AcquireAsync(Log, "one", CancellationToken.None);
        await Ingest.WriteAsync(lease, 0, 2, [Make.Upsert(0, "x", 1, "one")], CancellationToken.None);

        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(lease, 0, 2, [Make.Upsert(0, "y", 1, "again")], CancellationToken.None));
        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(lease, 3, 4, [Make.Upsert(3, "y", 1, "gap")], CancellationToken.None));
        Assert.Equal(["x"], await RowsAsync("SELECT id FROM uvlm.document"));
    }

    /// <summary>The mutation check: the scenario of the old owner, with the fence's predicate taken out, must show damage.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_the_epoch_predicate_keeps_an_old_owner_from_moving_the_offset(bool predicate)
    {
        var sql = predicate ? RangeBatch.FenceSql : RangeBatch.FenceSql.Replace("AND epoch = @epoch", "", StringComparison.Ordinal);
        Assert.Equal(!predicate, sql != RangeBatch.FenceSql);
        var careless = Store.CreateIngest(new IngestSettings(Ingest.Generation, TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(1)) { FenceSql = sql });
        var old = await careless.AcquireAsync(Log, "old", CancellationToken.None);
        var current = await careless.AcquireAsync(Log, "new", CancellationToken.None);

        // The old owner still has the range [0, 2) in hand; the new one has read further and found the update in it.
        var late = await Record.ExceptionAsync(() => careless.WriteAsync(old, 0, 2, [Make.Upsert(0, "x", 1, "by the old owner")], CancellationToken.None));
        var write = await Record.ExceptionAsync(() => careless.WriteAsync(current, 0, 3, [Make.Upsert(2, "y", 1, "by the new owner")], CancellationToken.None));

        // Damage: the fenced owner wrote, and the rightful one was stopped in its place.
        var damaged = late is null || write is not null || (await RowsAsync("SELECT id FROM uvlm.document")) is not ["y"];
        Assert.Equal(!predicate, damaged);
    }

    [Fact]
    public async Task Another_incarnation_of_the_log_stops_until_the_operator_adopts_it()
    {
        var lease = await Ingest.AcquireAsync(Log, "one", CancellationToken.None);
        await Ingest.WriteAsync(lease, 0, 7, [], CancellationToken.None);
        var recreated = Log with { LogId = "kafka:c2/t" };

        var error = await Assert.ThrowsAsync<LogChangedException>(() => Ingest.AcquireAsync(recreated, "one", CancellationToken.None));
        Assert.Equal("kafka:c1/t", error.StoredLogId);
        Assert.Equal(1, (await Ingest.AdoptLogAsync("group", "t", "kafka:c2/t", null, CancellationToken.None)).Forgotten);

        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(lease, 7, 8, [Make.Upsert(7, "x", 1, "old log")], CancellationToken.None));
        var adopted = await Ingest.AcquireAsync(recreated, "one", CancellationToken.None);
        Assert.Null(adopted.NextOffset);
        await Ingest.WriteAsync(adopted, 0, 1, [Make.Upsert(0, "x", 1, "new log")], CancellationToken.None);
        Assert.Equal(["kafka:c2/t|1"], await RowsAsync("SELECT log_id, next_offset FROM uvlm.ingest_offset"));
    }

    [Fact]
    public async Task Of_a_log_that_was_cut_off_one_partition_is_read_anew()
    {
        var cut = await Ingest.AcquireAsync(Log, "one", CancellationToken.None);
        var whole = await Ingest.AcquireAsync(Log with { Partition = 1 }, "one", CancellationToken.None);
        foreach (var lease in (PartitionLease[])[cut, whole])
            await Ingest.WriteAsync(lease, 0, 7, [], CancellationToken.None);

        Assert.Equal(0, (await Ingest.AdoptLogAsync("group", "t", Log.LogId, null, CancellationToken.None)).Forgotten);
        Assert.Equal(1, (await Ingest.AdoptLogAsync("group", "t", Log.LogId, Log.Partition, CancellationToken.None)).Forgotten);

        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(cut, 7, 8, [], CancellationToken.None));
        Assert.Null((await Ingest.AcquireAsync(Log, "one", CancellationToken.None)).NextOffset);
        await Ingest.WriteAsync(whole, 7, 8, [], CancellationToken.None);
    }

    [Fact]
    public async Task Ranges_of_other_partitions_and_groups_do_not_disturb_each_other()
    {
        LogPartition[] logs = [Log, Log with { Partition = 1 }, Log with { Topic = "u" }, Log with { GroupId = "other" }];
        foreach (var log in logs)
        {
            var lease = await Ingest.AcquireAsync(log, "one", CancellationToken.None);
            Assert.Equal(1, lease.Epoch);
            await Ingest.WriteAsync(lease, 0, 1, [], CancellationToken.None);
        }
        Assert.Equal(4, await ScalarAsync<long>("SELECT count(*) FROM uvlm.ingest_offset WHERE next_offset = 1"));
    }
}
