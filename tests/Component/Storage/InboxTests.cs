using System.Text;
using Npgsql;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class InboxTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task What_was_acknowledged_is_read_in_order()
    {
        var a = await AppendAsync("a", null, "one");
        var b = await AppendAsync("b", "k", "two");
        Assert.True(a.Ids[0] < b.Ids[0]);

        var records = await ReadAsync();
        Assert.Equal([("a", "one"), ("b", "two")], records.Select(r => (r.Tenant, Encoding.UTF8.GetString(r.Payload.Span))));
        Assert.Equal(b.Ids, (await ReadAsync(a.Ids[0])).Select(r => r.Id));
        Assert.Empty(await ReadAsync(b.Ids[0]));
    }

    [Fact]
    public async Task A_broken_connection_does_not_end_its_reader()
    {
        var appended = await AppendAsync("a", null, "one");
        await using var proxy = new ServerProxy(ConnectionString);
        await using var store = await UnifiedVlm.Storage.Store.OpenAsync(Options with { ConnectionString = proxy.ConnectionString });
        var broken = proxy.Arm(ServerProxy.Fault.DropAnswer, "uvlm.inbox WHERE id > ");

        var records = await store.Inbox.ReadAsync(0, 10, long.MaxValue, CancellationToken.None).WaitAsync(Patience);

        await broken.WaitAsync(Patience);
        Assert.Equal(appended.Ids, records.Select(static r => r.Id));
    }

    [Fact]
    public async Task An_idempotency_key_counts_once_within_its_tenant()
    {
        var first = await AppendAsync("a", "k", "one");
        AssertRepeated(await AppendAsync("a", "k", "one"), first, same: true);
        AssertRepeated(await AppendAsync("a", "k", "other"), first, same: false);
        Assert.False((await AppendAsync("b", "k", "one")).Duplicate);
        Assert.Equal(2, (await ReadAsync()).Count);
    }

    [Fact]
    public async Task A_reader_never_passes_an_append_that_has_drawn_a_lower_id_and_commits_later()
    {
        await using var slow = await OpenAdminAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var append = new NpgsqlCommand("SELECT id FROM uvlm.inbox_append('a', NULL, 'text/plain', 'slow')", slow))
            Assert.Equal(1L, await append.ExecuteScalarAsync());
        Assert.Equal(2, (await AppendAsync("a", null, "quick")).Ids[0]);

        var read = ReadAsync();
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4990180 AND NOT granted)");
        await transaction.CommitAsync();

        Assert.Equal([1L, 2L], (await read.WaitAsync(Patience)).Select(r => r.Id));
    }

    [Fact]
    public async Task A_batch_is_taken_whole_in_its_order_and_its_key_counts_for_all_of_it()
    {
        var first = await AppendBatchAsync("k", "one", "two", "three");
        Assert.Equal(first.Ids.Order(), first.Ids);
        Assert.Equal(["one", "two", "three"], (await ReadAsync()).Select(static r => Text(r)));
        AssertRepeated(await AppendBatchAsync("k", "one", "two", "three"), first, same: true);
        // Shorter, longer, and one of them alone: another body in each case.
        AssertRepeated(await AppendBatchAsync("k", "one", "two"), first, same: false);
        AssertRepeated(await AppendBatchAsync("k", "one", "two", "three", "four"), first, same: false);
        AssertRepeated(await AppendAsync("a", "k", "one"), first, same: false);
        Assert.Equal(3, (await ReadAsync()).Count);
    }

    [Fact]
    public async Task A_batch_of_which_one_record_cannot_be_stored_leaves_nothing()
    {
        var bad = new[] { new InboxPush("a", "x", "t", "one"u8.ToArray()), new InboxPush("a", "x\0", "t", "two"u8.ToArray()) };
        await Assert.ThrowsAsync<PostgresException>(() => Store.Inbox.AppendAsync(bad, null, new byte[32], CancellationToken.None));
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task Of_two_senders_of_one_key_at_once_one_adds_and_the_other_is_told_of_it()
    {
        await using var slow = await OpenAdminAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var append = new NpgsqlCommand(
            "SELECT ids[1] FROM uvlm.inbox_append('{a}'::text[], '{x}'::text[], '{t}'::text[], '{one}'::bytea[], 'k', sha256('one'))", slow))
            await append.ExecuteScalarAsync();

        var other = AppendAsync("a", "k", "one");
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted)");
        await transaction.CommitAsync();

        var receipt = await other.WaitAsync(Patience);
        Assert.Equal((true, true, 1L), (receipt.Duplicate, receipt.SamePayload, receipt.Ids[0]));
        Assert.Single(await ReadAsync());
    }

    [Fact]
    public async Task A_page_ends_with_the_record_that_reaches_its_bytes()
    {
        var ids = (await AppendBatchAsync(null, "12345", "12345", "12345")).Ids;
        Assert.Equal([ids[0]], (await ReadAsync(bytes: 1)).Select(static r => r.Id));
        Assert.Equal([ids[0]], (await ReadAsync(bytes: 5)).Select(static r => r.Id));
        Assert.Equal([ids[0], ids[1]], (await ReadAsync(bytes: 6)).Select(static r => r.Id));
        Assert.Equal([ids[1], ids[2]], (await ReadAsync(ids[0], bytes: 100)).Select(static r => r.Id));
    }

    [Fact]
    public async Task What_waits_is_what_the_group_has_not_written()
    {
        Assert.Equal(new InboxLoad(0, 0), await Store.Inbox.LoadAsync("g", CancellationToken.None));
        var ids = (await AppendBatchAsync(null, "12345", "123", "1")).Ids;
        Assert.Equal(new InboxLoad(3, 9), await Store.Inbox.LoadAsync("g", CancellationToken.None));
        var lease = await Ingest.AcquireAsync(InboxLog.Of("g"), "test", CancellationToken.None);
        await Ingest.WriteAsync(lease, ids[0], ids[0] + 1, [Make.Dead(ids[0])], CancellationToken.None);
        Assert.Equal(new InboxLoad(2, 4), await Store.Inbox.LoadAsync("g", CancellationToken.None));
        Assert.Equal(new InboxLoad(3, 9), await Store.Inbox.LoadAsync("another", CancellationToken.None));
    }

    [Fact]
    public async Task A_push_that_another_group_reads_is_no_newer_than_it_was()
    {
        var id = (await AppendAsync("a", null, "x")).Ids[0];
        var first = Assert.Single(await ReadAsync());
        Assert.Equal(1, (await WriteAsync("one", first)).Upserted);
        var later = await Ingest.ReserveLocalVersionsAsync(1, CancellationToken.None);
        Assert.Equal(1, (await WriteAsync(Make.Delete(0, "x", later, rule: DocumentVersion.LocalRule))).Deleted);

        var again = Assert.Single(await ReadAsync());
        Assert.Equal((id, first.LocalVersion, InboxStatus.Done), (again.Id, again.LocalVersion, again.Status));
        Assert.Equal(1, (await WriteAsync("another", again)).Stale);
        Assert.Equal([$"x|{later}|True"], await RowsAsync("SELECT id, version, deleted FROM uvlm.document"));
    }

    [Fact]
    public async Task A_push_is_newer_than_what_was_stored_before_it_and_older_than_what_came_after_it_was_read()
    {
        var before = await Ingest.ReserveLocalVersionsAsync(1, CancellationToken.None);
        await AppendBatchAsync(null, "one", "two", "three");
        var pushed = (await ReadAsync()).Select(static r => r.LocalVersion).ToArray();
        // One statement a page, and none kept for the next one.
        var after = await Ingest.ReserveLocalVersionsAsync(1, CancellationToken.None);
        Assert.Equal([before + 1, before + 2, before + 3], pushed);
        Assert.Equal(before + 4, after);

        await AppendAsync("a", null, "four");
        Assert.Equal([.. pushed, after + 1], (await ReadAsync()).Select(static r => r.LocalVersion));
    }

    [Fact]
    public async Task Readers_at_once_agree_on_versions_that_rise_with_the_ids()
    {
        const int readers = 12;
        await AppendBatchAsync(null, [.. Enumerable.Range(0, 2 * readers).Select(static i => $"{i}")]);
        // Each begins at the same record and comes to another one.
        var pages = await Task.WhenAll(Enumerable.Range(1, readers).Select(i => Store.Inbox.ReadAsync(0, 2 * i, long.MaxValue, CancellationToken.None)));

        var versions = pages.SelectMany(static page => page).Select(static r => (r.Id, r.LocalVersion)).Distinct().Order().ToList();
        Assert.Equal(2 * readers, versions.Count);
        Assert.Equal(2 * readers, versions.Select(static v => v.LocalVersion).Distinct().Count());
        Assert.Equal(versions.Select(static v => v.LocalVersion).Order(), versions.Select(static v => v.LocalVersion));
    }

    [Fact]
    public async Task What_an_earlier_program_has_finished_is_older_than_all_versions_and_what_waits_is_not()
    {
        var ids = (await AppendBatchAsync(null, "done", "dead", "waits")).Ids;
        await ExecuteAsync($"UPDATE uvlm.inbox SET status = 'done' WHERE id = {ids[0]}; UPDATE uvlm.inbox SET status = 'dead' WHERE id = {ids[1]}");
        var versions = (await ReadAsync()).Select(static r => r.LocalVersion).ToArray();
        Assert.Equal([0L, 0L], versions[..2]);
        Assert.True(versions[2] > 0);
    }

    private static void AssertRepeated(InboxReceipt repeated, InboxReceipt first, bool same)
    {
        Assert.Equal((true, same), (repeated.Duplicate, repeated.SamePayload));
        Assert.Equal(first.Ids, repeated.Ids);
    }

    /// <summary>As the source of a group hands it on that names no version itself.</summary>
    private async Task<WriteSummary> WriteAsync(string group, InboxRecord record)
    {
        var lease = await Ingest.AcquireAsync(InboxLog.Of(group), "test", CancellationToken.None);
        var upsert = Make.Upsert(record.Id, "x", record.LocalVersion, Text(record), rule: DocumentVersion.LocalRule);
        return await Ingest.WriteAsync(lease, record.Id, record.Id + 1, [upsert], CancellationToken.None);
    }

    private static string Text(InboxRecord record) => Encoding.UTF8.GetString(record.Payload.Span);

    private Task<IReadOnlyList<InboxRecord>> ReadAsync(long after = 0, long bytes = long.MaxValue)
        => Store.Inbox.ReadAsync(after, 10, bytes, CancellationToken.None);

    private Task<InboxReceipt> AppendAsync(string tenant, string? key, string payload)
        => Store.Inbox.AppendAsync([Push(tenant, payload)], key, Make.Hash(payload), CancellationToken.None);

    private Task<InboxReceipt> AppendBatchAsync(string? key, params string[] payloads)
        => Store.Inbox.AppendAsync([.. payloads.Select(static p => Push("a", p))], key, Make.Hash(string.Join('\n', payloads)), CancellationToken.None);

    private static InboxPush Push(string tenant, string payload) => new(tenant, payload, "application/json", Encoding.UTF8.GetBytes(payload));
}
