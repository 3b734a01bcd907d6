using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class InboxTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task What_was_acknowledged_is_read_in_order()
    {
        var a = await AppendAsync("a", null, "one");
        var b = await AppendAsync("b", "k", "two");
        Assert.True(a.Id < b.Id);

        var records = await Store.Inbox.ReadAsync(0, 10, CancellationToken.None);
        Assert.Equal([("a", "one"), ("b", "two")], records.Select(r => (r.Tenant, System.Text.Encoding.UTF8.GetString(r.Payload.Span))));
        Assert.Equal([b.Id], (await Store.Inbox.ReadAsync(a.Id, 10, CancellationToken.None)).Select(r => r.Id));
        Assert.Empty(await Store.Inbox.ReadAsync(b.Id, 10, CancellationToken.None));
        Assert.Equal(InboxStatus.Received, (await Store.Inbox.FindAsync("a", a.Id, CancellationToken.None))!.Status);
        Assert.Null(await Store.Inbox.FindAsync("b", a.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_broken_connection_does_not_end_its_reader()
    {
        var appended = await AppendAsync("a", null, "one");
        await using var proxy = new ServerProxy(ConnectionString);
        await using var store = await UnifiedVlm.Storage.Store.OpenAsync(Options with { ConnectionString = proxy.ConnectionString });
        var broken = proxy.Arm(ServerProxy.Fault.DropAnswer, "uvlm.inbox WHERE id > ");

        var records = await store.Inbox.ReadAsync(0, 10, CancellationToken.None).WaitAsync(Patience);

        await broken.WaitAsync(Patience);
        Assert.Equal([appended.Id], records.Select(static r => r.Id));
    }

    [Fact]
    public async Task An_idempotency_key_counts_once_within_its_tenant()
    {
        var first = await AppendAsync("a", "k", "one");
        Assert.Equal(first with { Duplicate = true }, await AppendAsync("a", "k", "one"));
        Assert.Equal(new InboxReceipt(first.Id, Duplicate: true, SamePayload: false), await AppendAsync("a", "k", "other"));
        Assert.False((await AppendAsync("b", "k", "one")).Duplicate);
        Assert.Equal(2, (await Store.Inbox.ReadAsync(0, 10, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task A_reader_never_passes_an_append_that_has_drawn_a_lower_id_and_commits_later()
    {
        await using var slow = await OpenAdminAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using (var append = new Npgsql.NpgsqlCommand("SELECT id FROM uvlm.inbox_append('a', NULL, 'text/plain', 'slow')", slow))
            Assert.Equal(1L, await append.ExecuteScalarAsync());
        Assert.Equal(2, (await AppendAsync("a", null, "quick")).Id);

        var read = Store.Inbox.ReadAsync(0, 10, CancellationToken.None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4990180 AND NOT granted)");
        await transaction.CommitAsync();

        Assert.Equal([1L, 2L], (await read.WaitAsync(Patience)).Select(r => r.Id));
    }

    private Task<InboxReceipt> AppendAsync(string tenant, string? key, string payload)
        => Store.Inbox.AppendAsync(tenant, key, "application/json", System.Text.Encoding.UTF8.GetBytes(payload), CancellationToken.None);
}
