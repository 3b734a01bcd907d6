using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Owners that stop in mid-transaction with their connection open, and COMMITs whose answer is lost.</summary>
public sealed class ZombieTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private ServerProxy _proxy = null!;
    private Store _zombieStore = null!;
    private IngestStore _zombie = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _proxy = new ServerProxy(ConnectionString);
        _zombieStore = await Store.OpenAsync(Options with { ConnectionString = _proxy.ConnectionString });
        _zombie = await _zombieStore.OpenIngestAsync(Model, Dimension);
    }

    public override async Task DisposeAsync()
    {
        await _zombieStore.DisposeAsync();
        await _proxy.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_holder_that_stops_before_its_commit_is_ended_and_its_range_does_not_count()
    {
        var old = await _zombie.AcquireAsync(Log, "old", CancellationToken.None);
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, "COMMIT\0", ofWriter: true);
        var write = _zombie.WriteAsync(old, 0, 1, [Make.Upsert(0, "x", 1, "zombie")], CancellationToken.None);
        await stalled.WaitAsync(Patience);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name LIKE 'uvlm-w:%'"));

        var lease = await Ingest.AcquireAsync(Log, "new", CancellationToken.None).WaitAsync(Patience);

        Assert.Null(lease.NextOffset);
        await Ingest.WriteAsync(lease, 0, 1, [Make.Upsert(0, "x", 1, "rightful")], CancellationToken.None).WaitAsync(Patience);
        _proxy.Release();
        await Assert.ThrowsAsync<FencedException>(() => write.WaitAsync(Patience));
        Assert.Equal(Make.Hash("rightful"), await ScalarAsync<byte[]>("SELECT content_hash FROM uvlm.document"));
    }

    [Fact]
    public async Task A_holder_that_stops_before_its_data_is_ended_too_because_it_holds_documents()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var old = await _zombie.AcquireAsync(Log, "old", CancellationToken.None);
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, "INSERT INTO uvlm.document");
        var write = _zombie.WriteAsync(old, 1, 2, [Make.Upsert(1, "x", 2, "zombie")], CancellationToken.None);
        await stalled.WaitAsync(Patience);

        var lease = await Ingest.AcquireAsync(Log, "new", CancellationToken.None).WaitAsync(Patience);
        await Ingest.WriteAsync(lease, 1, 2, [Make.Upsert(1, "x", 2, "rightful")], CancellationToken.None).WaitAsync(Patience);

        _proxy.Release();
        await Assert.ThrowsAsync<FencedException>(() => write.WaitAsync(Patience));
        Assert.Equal(Make.Hash("rightful"), await ScalarAsync<byte[]>("SELECT content_hash FROM uvlm.document"));
    }

    [Fact]
    public async Task A_zombie_that_wakes_after_the_takeover_and_stops_again_does_not_hold_up_the_new_owner()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var old = await _zombie.AcquireAsync(Log, "old", CancellationToken.None);
        var lease = await Ingest.AcquireAsync(Log, "new", CancellationToken.None);
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, "INSERT INTO uvlm.document");
        var write = _zombie.WriteAsync(old, 1, 2, [Make.Upsert(1, "x", 2, "zombie")], CancellationToken.None);
        await stalled.WaitAsync(Patience);

        await Ingest.WriteAsync(lease, 1, 2, [Make.Upsert(1, "x", 2, "rightful")], CancellationToken.None).WaitAsync(Patience);

        _proxy.Release();
        await Assert.ThrowsAsync<FencedException>(() => write.WaitAsync(Patience));
        Assert.Equal(Make.Hash("rightful"), await ScalarAsync<byte[]>("SELECT content_hash FROM uvlm.document"));
    }

    [Fact]
    public async Task A_taker_that_stops_before_its_commit_does_not_keep_the_partition_from_others()
    {
        await using var store = await Store.OpenAsync(Options with { ConnectionString = _proxy.ConnectionString, IdleTransactionLimit = TimeSpan.FromSeconds(1) });
        var stopped = await store.OpenIngestAsync(Model, Dimension);
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, "COMMIT\0");
        var taking = stopped.AcquireAsync(Log, "stopped", CancellationToken.None);
        await stalled.WaitAsync(Patience);

        var lease = await Ingest.AcquireAsync(Log, "new", CancellationToken.None).WaitAsync(Patience);

        // It wakes and takes it once more: Kafka's word decides between the two.
        _proxy.Release();
        Assert.True((await taking.WaitAsync(Patience)).Epoch > lease.Epoch);
    }

    [Fact]
    public async Task A_client_that_stops_in_the_middle_of_what_it_sends_does_not_keep_documents_from_others()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await using var store = await Store.OpenAsync(Options with { IdleTransactionLimit = TimeSpan.FromSeconds(1) });
        var ingest = await store.OpenIngestAsync(Model, Dimension);

        // Larger than what the proxy passes on at a time: the server has its first statements and waits for the others.
        var old = await _zombie.AcquireAsync(Log, "old", CancellationToken.None);
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, "INSERT INTO uvlm.packed_");
        var write = _zombie.WriteAsync(old, 1, 2, [Make.Upsert(1, "x", 2, new string('z', 200_000))], CancellationToken.None);
        await stalled.WaitAsync(Patience);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'uvlm-w:%' AND state = 'active' AND wait_event = 'ClientRead')");

        // Of another partition, whose owner has nothing to do with that one.
        var lease = await ingest.AcquireAsync(Log with { Partition = 1 }, "new", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 1, [Make.Upsert(0, "x", 3, "rightful")], CancellationToken.None).WaitAsync(Patience);
        _proxy.Release();
        await write.WaitAsync(Patience);
        Assert.Equal(Make.Hash("rightful"), await ScalarAsync<byte[]>("SELECT content_hash FROM uvlm.document"));
    }

    [Fact]
    public async Task A_client_that_stops_in_the_middle_of_what_it_sends_does_not_keep_a_lease_from_others()
    {
        await using var store = await Store.OpenAsync(Options with { IdleTransactionLimit = TimeSpan.FromSeconds(1) });
        var lease = (await store.Leases.TryTakeAsync("work", "stopped", TimeSpan.Zero, CancellationToken.None))!;
        await using var transaction = await LeasedTransaction.BeginAsync(_zombieStore.Sources, Options, lease, CancellationToken.None);
        await using var batch = new NpgsqlBatch(transaction.Connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 1"));
        var large = new NpgsqlBatchCommand("SELECT length($1), 'stop here'");
        large.Parameters.Add(new NpgsqlParameter { Value = new string('z', 200_000) });
        batch.BatchCommands.Add(large);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT 'and here'"));
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, "and here");
        var sending = batch.ExecuteNonQueryAsync();
        await stalled.WaitAsync(Patience);

        // Its time is over, and its transaction is not.
        using var limit = new CancellationTokenSource(Patience);
        while (await store.Leases.TryTakeAsync("work", "next", TimeSpan.FromMinutes(5), limit.Token) is null)
            limit.Token.ThrowIfCancellationRequested();
        _proxy.Release();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => sending.WaitAsync(Patience));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_without_an_answer_counts_exactly_once(bool reachedTheServer)
    {
        var lease = await _zombie.AcquireAsync(Log, "one", CancellationToken.None);
        var broken = _proxy.Arm(reachedTheServer ? ServerProxy.Fault.DropAnswer : ServerProxy.Fault.DropBefore, "COMMIT\0", ofWriter: true);

        var summary = await _zombie.WriteAsync(lease, 0, 2, [Make.Upsert(0, "x", 1, "one"), Make.Dead(1)], CancellationToken.None).WaitAsync(Patience);

        Assert.True(broken.IsCompleted);
        Assert.Equal(new WriteSummary(1, 0, 0, 0, 1), summary);
        Assert.Equal(["2|1|1|2"], await RowsAsync(
            "SELECT next_offset, (SELECT count(*) FROM uvlm.document), (SELECT count(*) FROM uvlm.dead_letter), (SELECT count(*) FROM uvlm.outbox) FROM uvlm.ingest_offset"));
        await _zombie.WriteAsync(lease, 2, 3, [Make.Upsert(2, "y", 1, "two")], CancellationToken.None).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_backend_that_is_ended_in_mid_transaction_is_no_error_for_its_owner()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var lease = await Ingest.AcquireAsync(Log, "one", CancellationToken.None);
        await using var blocker = await OpenAdminAsync();
        await using (var transaction = await blocker.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("SELECT FROM uvlm.document FOR UPDATE", blocker);
            await hold.ExecuteNonQueryAsync();
            var write = Ingest.WriteAsync(lease, 1, 2, [Make.Upsert(1, "x", 2, "two")], CancellationToken.None);
            await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'uvlm-w:%' AND wait_event_type = 'Lock')");
            await ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'uvlm-w:%'");
            await transaction.RollbackAsync();
            Assert.Equal(1, (await write.WaitAsync(Patience)).Upserted);
        }
        Assert.Equal(2, await ScalarAsync<long>("SELECT version FROM uvlm.document"));
    }

    [Theory]
    [InlineData("COMMIT\0", false)]
    [InlineData("COMMIT\0", true)]
    [InlineData("INSERT INTO uvlm.document", true)]
    public async Task Who_gives_a_write_up_is_not_held_up_by_a_server_that_does_not_answer(string at, bool onAnyConnection)
    {
        var lease = await _zombie.AcquireAsync(Log, "one", CancellationToken.None);
        var stalled = _proxy.Arm(onAnyConnection ? ServerProxy.Fault.Silence : ServerProxy.Fault.Stall, at, ofWriter: true);
        using var giveUp = new CancellationTokenSource();
        var write = _zombie.WriteAsync(lease, 0, 1, [Make.Upsert(0, "x", 1, "one")], giveUp.Token);
        await stalled.WaitAsync(Patience);

        // On a thread of its own: where it is held up the test should fail, not stand still.
        var cancelled = Task.Run(giveUp.Cancel);

        await cancelled.WaitAsync(Patience);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.WaitAsync(Patience));
        // What was given up may count or not; the next owner finds out.
        _proxy.Release();
        var next = await Ingest.AcquireAsync(Log, "two", CancellationToken.None).WaitAsync(Patience);
        await Ingest.WriteAsync(next, next.NextOffset ?? 1, 2, [Make.Upsert(1, "x", 2, "two")], CancellationToken.None).WaitAsync(Patience);
        Assert.Equal(2, await ScalarAsync<long>("SELECT version FROM uvlm.document"));
    }
}
