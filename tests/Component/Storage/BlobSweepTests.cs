using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Blobs;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What the sweep of unused pictures removes, and what it leaves to those who are about to use it.</summary>
public sealed class BlobSweepTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private const string Dangling = "SELECT count(*) FROM uvlm.document_blob r WHERE NOT EXISTS (SELECT FROM uvlm.blob b WHERE b.tenant = r.tenant AND b.sha256 = r.sha256)";

    [Fact]
    public async Task Only_pictures_without_a_document_and_past_their_time_are_removed()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: [Picture(1)]), Make.Upsert(1, "y", 1, "two", tenant: "b", images: [Picture(2)]), Make.Upsert(2, "z", 1, "three", images: [Picture(3)]));
        await WriteAsync(Make.Delete(3, "z", 2));
        await PutAsync("a", 2, 4, 5);
        await ExecuteAsync("UPDATE uvlm.blob SET touched_at = now() - interval '2 hours'");
        await PutAsync("a", 5, 6);

        // The deleted document's, the other tenant's that this one only uploaded, and the upload that nobody took up.
        Assert.Equal(3, await Store.BlobSweep.RunAsync(TimeSpan.FromHours(1), CancellationToken.None));
        Assert.Equal(
            ["a|1", "a|5", "a|6", "b|2"], await RowsAsync("SELECT tenant, get_byte(bytes, 3) FROM uvlm.blob ORDER BY 1, 2"));
        Assert.Equal(0, await Store.BlobSweep.RunAsync(TimeSpan.FromHours(1), CancellationToken.None));
    }

    [Fact]
    public async Task More_pictures_than_a_page_are_all_looked_at()
    {
        await ExecuteAsync("""
            INSERT INTO uvlm.blob (tenant, sha256, media_type, bytes) SELECT 't' || i % 3, sha256(i::text::bytea), 'image/jpeg', '' FROM generate_series(1, 1001) i;
            INSERT INTO uvlm.document_blob (tenant, id, sha256) SELECT tenant, 'x', sha256 FROM uvlm.blob WHERE tenant = 't1'
            """);
        Assert.Equal(667, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None));
        Assert.Equal(334, await ScalarAsync<long>("SELECT count(*) FROM uvlm.blob"));
    }

    [Fact]
    public async Task A_picture_that_a_writer_holds_is_left_alone_without_waiting()
    {
        await PutAsync("a", 1);
        await using var writer = await OpenAdminAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await ExecuteOnAsync(writer, "SELECT FROM uvlm.blob FOR KEY SHARE");
        Assert.Equal(0, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None).WaitAsync(Patience));
        await transaction.RollbackAsync();
        Assert.Equal(1, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None));
    }

    /// <summary>The writer has come and gone between the look and the lock: its reference is all there is to be seen of it.</summary>
    [Fact]
    public async Task A_picture_that_was_taken_up_after_the_look_is_not_removed()
    {
        var unused = await PutAsync("a", 1);
        await using var connection = await Store.Sources.Ingest.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: [Picture(1)]));
        Assert.Equal(0, await BlobSweep.RemoveAsync(connection, unused, TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public async Task A_picture_that_was_uploaded_again_after_the_look_is_not_removed()
    {
        var unused = await PutAsync("a", 1);
        await ExecuteAsync("UPDATE uvlm.blob SET touched_at = now() - interval '2 hours'");
        await using var connection = await Store.Sources.Ingest.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await PutAsync("a", 1);
        Assert.Equal(0, await BlobSweep.RemoveAsync(connection, unused, TimeSpan.FromHours(1), CancellationToken.None));
    }

    /// <summary>Neither there when the writer looked nor inserted by it: only that it touches the row keeps the sweep away until the reference is committed.</summary>
    [Fact]
    public async Task A_picture_that_came_while_a_writer_was_under_way_is_the_writers_too()
    {
        var patient = Store.CreateIngest(new IngestSettings(Ingest.Generation, Patience, Patience));
        var lease = await patient.AcquireAsync(Log, "test", CancellationToken.None);
        await using var words = await OpenAdminAsync();
        await using var wordsTransaction = await words.BeginTransactionAsync();
        await ExecuteOnAsync(words, "INSERT INTO uvlm.tenant_text_config VALUES ('a', 'english')");
        await using var fence = await OpenAdminAsync();
        await using var fenceTransaction = await fence.BeginTransactionAsync();
        await ExecuteOnAsync(fence, "SELECT FROM uvlm.ingest_offset FOR UPDATE");

        var write = patient.WriteAsync(lease, 0, 1, [Make.Upsert(0, "x", 1, "one", images: [Picture(1)])], CancellationToken.None);
        await UntilAsync(WaitsFor(words));
        await PutAsync("a", 1);
        await wordsTransaction.CommitAsync();
        await UntilAsync(WaitsFor(fence));
        Assert.Equal(0, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None));
        await fenceTransaction.CommitAsync();

        Assert.Equal(1, (await write.WaitAsync(Patience)).Upserted);
        Assert.Equal(0, await ScalarAsync<long>(Dangling));
    }

    [Fact]
    public async Task Writers_and_sweeps_at_once_leave_no_document_without_its_picture()
    {
        using var stop = new CancellationTokenSource();
        var removed = 0L;
        var sweeping = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                Interlocked.Add(ref removed, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None));
        });

        // They meet by chance: on until the sweep has found something that is not used.
        for (var offset = 0; offset < 120 || (Interlocked.Read(ref removed) == 0 && offset < 12_000); offset += 2)
        {
            await PutAsync("a", 1);
            await WriteAsync(Make.Upsert(offset, "x", offset, $"one {offset}", images: [Picture(1), Picture(2)]));
            Assert.Equal(0, await ScalarAsync<long>(Dangling));
            await WriteAsync(Make.Delete(offset + 1, "x", offset + 1));
        }
        await stop.CancelAsync();
        await sweeping;
        Assert.True(removed > 0, "nothing was ever removed");
    }

    [Fact]
    public async Task One_session_sweeps_at_a_time()
    {
        await PutAsync("a", 1);
        await using var other = await OpenAdminAsync();
        await ExecuteOnAsync(other, "SELECT pg_advisory_lock(4990189, 0)");
        Assert.Equal(0, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None));
        await ExecuteOnAsync(other, "SELECT pg_advisory_unlock(4990189, 0)");
        Assert.Equal(1, await Store.BlobSweep.RunAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public async Task A_sweep_that_one_node_left_unfinished_is_taken_to_its_end_by_the_next_turn()
    {
        await ExecuteAsync("""
            INSERT INTO uvlm.blob (tenant, sha256, media_type, bytes)
            SELECT 't' || i % 3, sha256(i::text::bytea), 'image/jpeg', '' FROM generate_series(1, 1200) i
            """);
        await ExecuteAsync("""
            CREATE FUNCTION public.stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'The node is killed here.'; END $$;
            CREATE TRIGGER stumble BEFORE UPDATE ON uvlm.retention FOR EACH ROW WHEN (NEW.after_tenant = 't1') EXECUTE FUNCTION public.stumble()
            """);
        await Assert.ThrowsAsync<PostgresException>(() => Store.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));
        Assert.Equal(["t0"], await RowsAsync("SELECT after_tenant FROM uvlm.retention WHERE rule = 'Pictures'"));
        await ExecuteAsync("DROP TRIGGER stumble ON uvlm.retention");

        // What is uploaded before the place that it has come to is the next sweep's.
        await PutAsync("a", 1);
        Assert.Equal(800, await Store.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));
        Assert.Equal(["a"], await RowsAsync("SELECT tenant FROM uvlm.blob"));
        Assert.Equal(["|True|1200|1200"], await RowsAsync("SELECT after_tenant, ran_at IS NOT NULL, removed, total FROM uvlm.retention WHERE rule = 'Pictures'"));
    }

    [Fact]
    public async Task Nodes_sweep_again_when_it_is_due_whichever_did_it_last_and_whatever_becomes_of_the_clock()
    {
        await using var other = await Store.OpenAsync(Options);
        Assert.Equal(0, await Store.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));
        await PutAsync("a", 1);
        Assert.Equal(0, await other.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));
        await ExecuteAsync("UPDATE uvlm.retention SET ran_at = ran_at - interval '2 hours'");
        Assert.Equal(1, await other.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));

        await PutAsync("a", 1);
        Assert.Equal(0, await Store.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));
        // Noted before the clock was set back.
        await ExecuteAsync("UPDATE uvlm.retention SET ran_at = now() + interval '2 days'");
        Assert.Equal(1, await Store.BlobSweep.RunAsync(TimeSpan.Zero, Hour, CancellationToken.None));
    }

    [Fact]
    public async Task A_store_that_is_told_to_sweeps_again_and_again()
    {
        await using var store = await Store.OpenAsync(Options with { BlobSweepInterval = TimeSpan.FromMilliseconds(10) });
        store.SweepBlobs(TimeSpan.FromHours(1));
        for (byte round = 0; round < 3; round++)
        {
            await PutAsync("a", round);
            await ExecuteAsync("UPDATE uvlm.blob SET touched_at = now() - interval '2 hours'");
            await UntilAsync("SELECT count(*) = 0 FROM uvlm.blob");
        }
    }

    private static byte[] Picture(byte number) => [0xFF, 0xD8, 0xFF, number];

    private async Task<List<BlobKey>> PutAsync(string tenant, params byte[] numbers)
    {
        var keys = new List<BlobKey>();
        foreach (var number in numbers)
            keys.Add(new BlobKey(tenant, Convert.FromHexString((await Store.Blobs.PutAsync(tenant, Picture(number), CancellationToken.None)).Sha256)));
        return keys;
    }

    private static string WaitsFor(NpgsqlConnection holder) => $"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {holder.ProcessID} = ANY (pg_blocking_pids(pid)))";

    private static async Task ExecuteOnAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
