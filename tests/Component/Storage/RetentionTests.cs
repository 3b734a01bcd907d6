using Npgsql;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class RetentionTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // Small batches, so that there are several; always due.
    private static readonly RetentionOptions Off = new()
    {
        DeadLetters = null,
        Events = null,
        UnpublishedEvents = null,
        InboxRecords = null,
        BatchRows = 2,
        Interval = TimeSpan.FromSeconds(-1),
    };

    [Fact]
    public async Task Dead_letters_go_by_age()
    {
        await WriteAsync([.. Enumerable.Range(0, 7).Select(i => Make.Dead(i))]);
        await ExecuteAsync("UPDATE uvlm.dead_letter SET created_at = now() - interval '2 days' WHERE id <= 5");

        Assert.Equal(5, await ApplyAsync(Off with { DeadLetters = Day }));
        Assert.Equal(["6", "7"], await RowsAsync("SELECT id FROM uvlm.dead_letter ORDER BY id"));
        Assert.Equal(0, await ApplyAsync(Off with { DeadLetters = Day }));
        Assert.Equal(0, await ApplyAsync(Off));
    }

    [Fact]
    public async Task Published_events_go_by_age_and_no_others()
    {
        await WriteAsync([.. Enumerable.Range(0, 7).Select(i => Make.Upsert(i, $"d{i}", 1, "one"))]);
        await ExecuteAsync("""
            UPDATE uvlm.outbox SET created_at = now() - interval '9 days' WHERE id <= 6;
            UPDATE uvlm.outbox SET published_at = now() - interval '2 days' WHERE id IN (2, 5, 6);
            UPDATE uvlm.outbox SET published_at = now() WHERE id = 4
            """);

        Assert.Equal(3, await ApplyAsync(Off with { Events = Day }));
        Assert.Equal(["1", "3", "4", "7"], await RowsAsync("SELECT id FROM uvlm.outbox ORDER BY id"));
    }

    [Fact]
    public async Task Pushed_records_go_by_age_once_every_group_has_read_them_and_never_before()
    {
        for (var i = 0; i < 7; i++)
            await PushAsync("a", $"k{i}", "x");
        await ExecuteAsync("UPDATE uvlm.inbox SET received_at = now() - interval '2 days' WHERE id <= 5");
        var options = Off with { InboxRecords = Day };

        Assert.Equal(0, await ApplyAsync(options));
        await ReadInboxAsync("first", 7);
        await ReadInboxAsync("second", null);
        Assert.Equal(0, await ApplyAsync(options));
        await ReadInboxAsync("second", 3);
        Assert.Equal(3, await ApplyAsync(options));
        await ReadInboxAsync("second", 7);
        Assert.Equal(2, await ApplyAsync(options));
        Assert.Equal(["6", "7"], await RowsAsync("SELECT id FROM uvlm.inbox ORDER BY id"));
        // Its key is forgotten with it.
        Assert.False((await PushAsync("a", "k0", "x")).Duplicate);
        Assert.True((await PushAsync("a", "k6", "x")).Duplicate);
    }

    [Fact]
    public async Task Tombstones_go_by_age_once_their_events_are_gone()
    {
        await WriteAsync([.. Enumerable.Range(0, 5).Select(i => Make.Delete(i, $"d{i}", 9)), Make.Upsert(5, "lives", 1, "one")]);
        await ExecuteAsync("UPDATE uvlm.document SET updated_at = now() - interval '2 days' WHERE id <> 'd4'; DELETE FROM uvlm.outbox WHERE document_id <> 'd0'");

        Assert.Equal(0, await ApplyAsync(Off with { Events = Day, DeadLetters = Day, InboxRecords = Day }));
        Assert.Equal(3, await ApplyAsync(Off with { Tombstones = Day }));
        Assert.Equal(["d0", "d4", "lives"], await RowsAsync("SELECT id FROM uvlm.document ORDER BY id"));
        // What the options warn of: without its tombstone an old record is a new document.
        Assert.Equal(new WriteSummary(Upserted: 1, 0, Stale: 1, 0, 0), await WriteAsync(Make.Upsert(6, "d1", 1, "old"), Make.Upsert(7, "d0", 1, "old")));
    }

    [Fact]
    public async Task A_tombstone_stays_while_a_replay_could_bring_its_document_back()
    {
        await WriteAsync(Letter(0, "a", "replayed"), Letter(1, "a", "letter"), Letter(2, null, "anyones"), Letter(3, "b", "others"));
        await WriteAsync([.. ((string[])["letter", "replayed", "anyones", "others"]).Select(static (id, i) => Make.Delete(4 + i, id, 9))]);
        await Store.DeadLetters.ReplayAsync("a", await ScalarAsync<long>("SELECT id FROM uvlm.dead_letter WHERE document_id = 'replayed'"), CancellationToken.None);
        await ExecuteAsync("UPDATE uvlm.document SET updated_at = now() - interval '2 days'; DELETE FROM uvlm.outbox");

        Assert.Equal(1, await ApplyAsync(Off with { Tombstones = Day }));
        Assert.Equal(["anyones", "letter", "replayed"], await RowsAsync("SELECT id FROM uvlm.document ORDER BY id"));
        await ExecuteAsync("DELETE FROM uvlm.dead_letter WHERE document_id = 'letter'; DELETE FROM uvlm.replay");
        Assert.Equal(2, await ApplyAsync(Off with { Tombstones = Day }));
        Assert.Equal(["anyones"], await RowsAsync("SELECT id FROM uvlm.document"));

        static DeadLetter Letter(long offset, string? tenant, string id) => new(offset, "decode", "bad", null, "", tenant, id, default, "{}"u8.ToArray(), []);
    }

    [Fact]
    public async Task A_tombstone_that_a_writer_holds_is_left_to_it()
    {
        await WriteAsync(Make.Delete(0, "x", 1), Make.Delete(1, "y", 1));
        await ExecuteAsync("UPDATE uvlm.document SET updated_at = now() - interval '2 days'; DELETE FROM uvlm.outbox");
        await using var writer = await OpenAdminAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT FROM uvlm.document WHERE id = 'x' FOR UPDATE", writer))
            await hold.ExecuteNonQueryAsync();

        Assert.Equal(1, await ApplyAsync(Off with { Tombstones = Day }).WaitAsync(Patience));
        await transaction.RollbackAsync();
        Assert.Equal(["x"], await RowsAsync("SELECT id FROM uvlm.document"));
    }

    [Fact]
    public async Task One_node_at_a_time_and_not_again_before_it_is_due()
    {
        await WriteAsync(Make.Dead(0), Make.Dead(1), Make.Dead(2));
        await ExecuteAsync("UPDATE uvlm.dead_letter SET created_at = now() - interval '2 days' WHERE id <= 2");
        var hourly = Off with { DeadLetters = Day, Interval = TimeSpan.FromHours(1) };
        await using (var other = await OpenAdminAsync())
        await using (var transaction = await other.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand("SELECT pg_advisory_xact_lock(4990182, 0)", other))
                await hold.ExecuteNonQueryAsync();
            Assert.Equal(0, await ApplyAsync(hourly));
        }
        Assert.Equal([null, null, null, null, null], (await Store.Retention.ReadAsync(CancellationToken.None)).Select(static s => s.RanAt));

        Assert.Equal(2, (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ApplyAsync(hourly)))).Sum());
        await ExecuteAsync("UPDATE uvlm.dead_letter SET created_at = now() - interval '2 days'");
        Assert.Equal(0, await ApplyAsync(hourly));
        await ExecuteAsync("UPDATE uvlm.retention SET ran_at = ran_at - interval '2 hours'");
        Assert.Equal(1, await ApplyAsync(hourly));

        var status = await Store.Retention.ReadAsync(CancellationToken.None);
        Assert.Equal(Enum.GetValues<RetentionRule>(), status.Select(static s => s.Rule));
        Assert.Equal((1L, 3L), (status[0].Removed, status[0].Total));
        Assert.NotNull(status[0].RanAt);
        Assert.Null(status[1].RanAt);
    }

    [Fact]
    public async Task A_keeper_works_in_the_background_until_it_is_disposed()
    {
        await WriteAsync(Make.Dead(0));
        await ExecuteAsync("UPDATE uvlm.dead_letter SET created_at = now() - interval '91 days'");
        await using var keeper = Store.StartRetention(new RetentionOptions());
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.dead_letter)");
    }

    private async Task<long> ApplyAsync(RetentionOptions options)
        => await RetentionKeeper.ApplyAsync(Store.Sources, Options, options, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None);

    /// <param name="last">The last record read; null: the group has only opened it.</param>
    private async Task ReadInboxAsync(string group, long? last)
    {
        var lease = await Ingest.AcquireAsync(new LogPartition(group, InboxLog.Name, InboxLog.Name, 0), "test", CancellationToken.None);
        if (last is { } offset)
            await Ingest.WriteAsync(lease, lease.NextOffset ?? 0, offset + 1, [], CancellationToken.None);
    }
}
