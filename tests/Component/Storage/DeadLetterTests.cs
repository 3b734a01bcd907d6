using Npgsql;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Choosing, dropping and queueing dead letters; what becomes of the queue is in Streams/ReplayTests.</summary>
public sealed class DeadLetterTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const long PageBytes = 16 << 20;

    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Every_condition_leaves_out_what_does_not_meet_it_and_pages_go_on_by_number()
    {
        await WriteAsync(
            Letter(0, "decode", "parts[0]: is Wrong", "a", "x"), Letter(1, "decode", "is wrong too", "b", "x"), Letter(2, "store", "conflict", "a", "y"),
            Letter(3, "prepare", "too large", null, null));
        await ExecuteAsync("UPDATE uvlm.dead_letter SET created_at = timestamptz '2026-01-01 00:00:00Z' + id * interval '1 hour'; UPDATE uvlm.dead_letter SET topic = 'u' WHERE id = 3");

        Assert.Equal([1, 2, 3, 4], await ListAsync(new DeadLetterFilter()));
        Assert.Equal([1, 3], await ListAsync(new DeadLetterFilter { Tenant = "a" }));
        Assert.Equal([1, 2], await ListAsync(new DeadLetterFilter { Reason = "WRONG" }));
        Assert.Equal([3], await ListAsync(new DeadLetterFilter { Stage = "store" }));
        Assert.Equal([3], await ListAsync(new DeadLetterFilter { Topic = "u" }));
        Assert.Equal([1, 2], await ListAsync(new DeadLetterFilter { DocumentId = "x" }));
        Assert.Equal([2, 3], await ListAsync(new DeadLetterFilter { From = At(2), To = At(4) }));
        Assert.Equal([2, 3], await ListAsync(new DeadLetterFilter { First = 2, Last = 3 }));
        Assert.Equal([1], await ListAsync(new DeadLetterFilter { Tenant = "a", Reason = "wrong", Last = 2 }));
        Assert.Equal([3], (await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 2, 1, None)).Select(static l => l.Id));

        static DateTimeOffset At(int hour) => new(2026, 1, 1, hour, 0, 0, TimeSpan.Zero);
    }

    [Fact]
    public async Task A_tenant_reaches_its_own_letters_only()
    {
        await WriteAsync(Letter(0, "decode", "r", "a", "x"), Letter(1, "decode", "r", "b", "x"), Letter(2, "decode", "r", null, null));

        foreach (var id in (long[])[2, 3])
        {
            await Assert.ThrowsAsync<DeadLetterNotFoundException>(() => Store.DeadLetters.FindAsync("a", id, None));
            await Assert.ThrowsAsync<DeadLetterNotFoundException>(() => Store.DeadLetters.FindLengthAsync("a", id, None));
            await Assert.ThrowsAsync<DeadLetterNotFoundException>(() => Store.DeadLetters.ReplayAsync("a", id, None));
            await Assert.ThrowsAsync<DeadLetterNotFoundException>(() => Store.DeadLetters.DropAsync("a", id, None));
        }
        Assert.InRange(await Store.DeadLetters.FindLengthAsync("a", 1, None), "payload".Length + "key".Length + "chain".Length, 200);
        Assert.Equal(new ReplayReceipt(1, 0), await Store.DeadLetters.ReplayAsync(new DeadLetterFilter { Tenant = "a" }, None));
        Assert.Equal(["a"], await RowsAsync("SELECT tenant FROM uvlm.replay"));
        Assert.Equal([2, 3], await ListAsync(new DeadLetterFilter()));
    }

    /// <summary>What stands between tenants where a statement forgets its own.</summary>
    [Theory]
    [InlineData("DELETE FROM uvlm.dead_letter", 1)]
    [InlineData("SELECT 1 FROM uvlm.replay", 1)]
    [InlineData("UPDATE uvlm.dead_letter SET reason = 'x'", null)]
    [InlineData("DELETE FROM uvlm.replay", null)]
    [InlineData("INSERT INTO uvlm.dead_letter OVERRIDING SYSTEM VALUE SELECT * FROM uvlm.dead_letter", null)]
    [InlineData("""
        INSERT INTO uvlm.replay (tenant, group_id, log_id, topic, partition, log_offset, is_tombstone, key, payload, header_names, header_values, replays)
        VALUES ('b', '', '', '', 0, 0, false, '', '', '{}', '{}', 1)
        """, null)]
    public async Task The_readers_role_touches_rows_of_its_tenant_and_no_others(string sql, int? rows)
    {
        await WriteAsync([.. ((string[])["a", "b", "a", "b"]).Select(static (tenant, i) => Letter(i, "decode", "r", tenant, "x"))]);
        Assert.Equal(new ReplayReceipt(2, 0), await Store.DeadLetters.ReplayAsync(new DeadLetterFilter { Last = 2 }, None));

        await using var connection = await Store.Sources.App.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new NpgsqlBatchCommand("SELECT set_config('app.tenant', 'a', true)"), new NpgsqlBatchCommand($"WITH touched AS ({sql} RETURNING 1) SELECT count(*) FROM touched") },
        };
        if (sql.StartsWith("SELECT", StringComparison.Ordinal))
            batch.BatchCommands[1].CommandText = $"WITH touched AS ({sql}) SELECT count(*) FROM touched";
        if (rows is null)
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => batch.ExecuteNonQueryAsync());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
            return;
        }
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        await reader.ReadAsync();
        Assert.Equal((long)rows, reader.GetInt64(0));
    }

    [Fact]
    public async Task Dropping_takes_what_the_filter_names_and_refuses_one_that_names_nothing()
    {
        await WriteAsync(Letter(0, "decode", "r", "a", "x"), Letter(1, "store", "r", "a", "y"), Letter(2, "decode", "r", "b", "z"));

        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeadLetters.DropAsync(new DeadLetterFilter(), None));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeadLetters.DropAsync(new DeadLetterFilter { Tenant = "a" }, None));
        Assert.Equal([1, 2, 3], await ListAsync(new DeadLetterFilter()));
        Assert.Equal(1, await Store.DeadLetters.DropAsync(new DeadLetterFilter { Tenant = "a", Stage = "decode" }, None));
        await Store.DeadLetters.DropAsync(tenant: null, 3, None);
        await Assert.ThrowsAsync<DeadLetterNotFoundException>(() => Store.DeadLetters.DropAsync(tenant: null, 3, None));
        Assert.Equal([2], await ListAsync(new DeadLetterFilter()));
    }

    [Fact]
    public async Task Many_are_queued_in_few_transactions_in_their_order_and_what_is_no_record_stays()
    {
        const int letters = 2500;
        await WriteAsync([.. Enumerable.Range(0, letters).Select(static i => Letter(i, i % 500 == 0 ? DeadLetter.SourceStage : "decode", "r", "a", $"x{i}"))]);
        await ExecuteAsync("UPDATE uvlm.dead_letter SET is_whole = false WHERE id = 2");

        Assert.Equal(new ReplayReceipt(letters - 6, 6), await Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), None));

        Assert.Equal(3, await ScalarAsync<long>("SELECT count(DISTINCT xmin::text) FROM uvlm.replay"));
        Assert.Equal(letters - 6, await ScalarAsync<long>("SELECT count(*) FROM (SELECT log_offset, lag(log_offset) OVER (ORDER BY id) AS before FROM uvlm.replay) r WHERE before IS NULL OR before < log_offset"));
        Assert.Equal(6, (await Store.Status.ReadAsync(None)).DeadLetters);
        Assert.Equal(letters - 6, (await Store.Status.ReadAsync(None)).Replays);
        var lost = await Assert.ThrowsAsync<NotReplayableException>(() => Store.DeadLetters.ReplayAsync("a", 1, None));
        Assert.Contains("dropped before they were read", lost.Message, StringComparison.Ordinal);
        var cut = await Assert.ThrowsAsync<NotReplayableException>(() => Store.DeadLetters.ReplayAsync("a", 2, None));
        Assert.Contains("only its beginning", cut.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_that_replay_the_same_letters_at_once_queue_each_once()
    {
        await WriteAsync([.. Enumerable.Range(0, 3000).Select(static i => Letter(i, "decode", "r", "a", $"x{i}"))]);

        var receipts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), None)));

        Assert.Equal(3000, receipts.Sum(static r => r.Queued));
        Assert.Equal(3000, await ScalarAsync<long>("SELECT count(DISTINCT log_offset) FROM uvlm.replay"));
        Assert.Equal(3000, await ScalarAsync<long>("SELECT count(*) FROM uvlm.replay"));
    }

    [Fact]
    public async Task A_queued_letter_comes_back_as_the_record_it_was()
    {
        var original = new OriginalRecord(Log with { Partition = 3 }, 77, new DocumentVersion(77, "kafka:c1/t"), "key"u8.ToArray(), default(ReadOnlyMemory<byte>?), [new("h", [0, 255])])
        {
            Collection = "manual",
        };
        await WriteAsync(
            Letter(0, "decode", "r", "a", "x") with { Original = original, Key = original.Key, Headers = original.Headers, Payload = default, IsTombstone = true },
            Letter(1, "decode", "r", "a", "y") with { Original = original with { Value = "payload"u8.ToArray(), Replays = 4 } });

        await Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), None);

        var queued = await Store.Replays.ReadAsync(0, 10, PageBytes, None);
        var first = queued[0].Original;
        Assert.Equal((original.Partition, 77L, original.Version, "manual", 1), (first.Partition, first.Offset, first.Version, first.Collection, first.Replays));
        Assert.Null(first.Value);
        Assert.Equal("key"u8.ToArray(), first.Key.ToArray());
        Assert.Equal([0, 255], Assert.Single(first.Headers).Value);
        Assert.Equal("payload"u8.ToArray(), queued[1].Original.Value!.Value.ToArray());
        Assert.Equal(5, queued[1].Original.Replays);
    }

    [Fact]
    public async Task A_reader_never_passes_a_replay_that_began_earlier_and_commits_later()
    {
        await WriteAsync(Letter(0, "decode", "r", "a", "slow"), Letter(1, "decode", "r", "a", "quick"));
        // Holds its first letter up in mid-transaction.
        await using var other = await OpenAdminAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT FROM uvlm.dead_letter WHERE id = 1 FOR UPDATE", other))
            await hold.ExecuteNonQueryAsync();
        var slow = Store.DeadLetters.ReplayAsync("a", 1, None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted)");
        await Store.DeadLetters.ReplayAsync("a", 2, None);

        var read = Store.Replays.ReadAsync(0, 10, PageBytes, None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4990180 AND NOT granted)");
        await transaction.RollbackAsync();

        Assert.Equal([0L, 1L], (await read.WaitAsync(Patience)).Select(static r => r.Original.Offset).Order());
        await slow.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_page_of_the_log_holds_no_more_than_its_bytes_and_at_least_one_record()
    {
        byte[] large = new byte[12 << 20];
        await WriteAsync([.. Enumerable.Range(0, 3).Select(i => Letter(i, "decode", "r", "a", $"x{i}") with { Payload = large })]);
        await Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), None);

        var page = await Store.Replays.ReadAsync(0, 10, PageBytes, None);

        Assert.Equal([0L, 1L], page.Select(static r => r.Original.Offset));
        Assert.Equal([0L], (await Store.Replays.ReadAsync(0, 10, 1, None)).Select(static r => r.Original.Offset));
        Assert.Equal([2L], (await Store.Replays.ReadAsync(page[^1].Id, 10, PageBytes, None)).Select(static r => r.Original.Offset));
    }

    [Fact]
    public async Task Headers_count_in_a_page_and_in_the_length_however_well_they_are_packed()
    {
        await WriteAsync([.. Enumerable.Range(0, 3).Select(static i => Letter(i, "decode", "r", "a", $"x{i}") with { Headers = [new("h", new byte[1 << 20])] })]);
        Assert.InRange(await Store.DeadLetters.FindLengthAsync("a", 1, None), 1 << 20, (1 << 20) + 200);
        await WriteAsync(Letter(3, "decode", "r", "a", "many") with { Headers = [.. Enumerable.Repeat(KeyValuePair.Create("", Array.Empty<byte>()), 10_000)] });
        Assert.InRange(await Store.DeadLetters.FindLengthAsync("a", 4, None), 96 * 10_000, long.MaxValue);
        await Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), None);

        Assert.Single(await Store.Replays.ReadAsync(0, 10, 1 << 20, None));
        Assert.Equal(2, (await Store.Replays.ReadAsync(0, 10, (1 << 20) + 1000, None)).Count);
    }

    [Fact]
    public async Task The_transaction_that_writes_a_replay_takes_it_out_of_the_log_and_one_that_is_fenced_does_not()
    {
        await WriteAsync(Letter(0, "decode", "r", "a", "x"), Letter(1, "decode", "r", "a", "y"));
        await Store.DeadLetters.ReplayAsync(new DeadLetterFilter(), None);
        var zombie = await Ingest.AcquireAsync(ReplayLog.Partition, "zombie", None);
        var owner = await Ingest.AcquireAsync(ReplayLog.Partition, "owner", None);

        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(zombie, 0, 3, [Make.Upsert(1, "x", 1, "one"), Make.Upsert(2, "y", 1, "one")], None));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM uvlm.replay"));
        await Ingest.WriteAsync(owner, 0, 2, [Make.Upsert(1, "x", 1, "one")], None);

        Assert.Equal(["2"], await RowsAsync("SELECT id FROM uvlm.replay"));
        Assert.Equal(["x"], await RowsAsync("SELECT id FROM uvlm.document"));
    }

    [Fact]
    public async Task A_program_of_before_writes_letters_that_can_be_read_and_replayed()
    {
        await ExecuteAsync("""
            INSERT INTO uvlm.dead_letter (tenant, group_id, log_id, topic, partition, log_offset, stage, reason, error_chain, key, payload, header_names, header_values)
            VALUES ('a', 'g', 'c1', 't', 0, 5, 'decode', 'r', '', '', '{}', '{}', '{}')
            """);

        Assert.Null((await Store.DeadLetters.FindAsync("a", 1, None)).Letter.Original!.Version);
        await Store.DeadLetters.ReplayAsync("a", 1, None);

        Assert.Null(Assert.Single(await Store.Replays.ReadAsync(0, 10, PageBytes, None)).Original.Version);
    }

    private static DeadLetter Letter(long offset, string stage, string reason, string? tenant, string? id)
        => new(offset, stage, reason, "field", "chain", tenant, id, "key"u8.ToArray(), "payload"u8.ToArray(), []);

    private async Task<IEnumerable<long>> ListAsync(DeadLetterFilter filter) => (await Store.DeadLetters.ListAsync(filter, 0, 10, None)).Select(static l => l.Id);
}
