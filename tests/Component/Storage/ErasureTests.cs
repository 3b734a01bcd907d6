using System.Text;
using Npgsql;
using UnifiedVlm.Storage.Care.Erasure;
using UnifiedVlm.Storage.Care.Verification;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class ErasureTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string Secret = "confidential";

    private static readonly byte[] Own = [0x89, (byte)'P', (byte)'N', (byte)'G', 1];
    private static readonly byte[] Shared = [0x89, (byte)'P', (byte)'N', (byte)'G', 2];
    private static readonly LogPartition InboxPartition = new("group", InboxLog.Name, InboxLog.Name, 0);

    [Fact]
    public async Task Of_an_erased_document_a_tombstone_and_the_news_of_it_remain_and_no_old_record_brings_it_back()
    {
        await WriteAsync(
            Make.Upsert(0, "x", 5, Secret, title: Secret, images: [Own, Shared]), Make.Upsert(1, "y", 1, "two", images: Shared),
            new DeadLetter(2, "decode", "bad", null, Secret, "a", "x", "key"u8.ToArray(), Encoding.UTF8.GetBytes(Secret), []),
            Make.Dead(3), Make.Upsert(4, "x", 1, "of another tenant", tenant: "b"));
        await PushAsync("x", $$"""{"id":"x","tenant":"a","parts":[{"type":"text","text":"{{Secret}}"}]}""");
        await PushAsync("escaped", $$"""{"tenant":"a","parts":[{"type":"text","text":"{{Secret}}"}],"id":"\u0078"}""");
        await PushAsync("y", """{"id":"y","tenant":"a","parts":[{"type":"text","text":"x"}]}""");

        var summary = await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);

        Assert.Equal(new ErasureSummary(Documents: 1, Pictures: 1, DeadLetters: 1, Events: 2, InboxRecords: 2), summary);
        foreach (var table in (string[])["document", "dead_letter", "outbox", "inbox", "blob", "document_blob", "packed_1"])
            Assert.Equal(0, await ScalarAsync<long>($"SELECT count(*) FROM uvlm.{table} t WHERE t::text LIKE '%{Secret}%' OR t::text LIKE '%{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Secret))}%'"));
        Assert.Equal(["a|x|5|explicit|True|2", "a|y|1|explicit|False|1", "b|x|1|explicit|False|1"],
            await RowsAsync("SELECT tenant, id, version, version_rule, deleted, sequence FROM uvlm.document ORDER BY tenant, id"));
        Assert.Equal(["document.deleted|2|5"], await RowsAsync("SELECT type, sequence, data ->> 'version' FROM uvlm.outbox WHERE tenant = 'a' AND document_id = 'x'"));
        Assert.Equal(Shared, await ScalarAsync<byte[]>("SELECT bytes FROM uvlm.blob"));
        await AssertSoundAsync();

        // Delivered again: the same record and an older one. Neither is stored, nor kept as a dead letter.
        Assert.Equal(new WriteSummary(0, 0, Stale: 2, 0, 0), await WriteAsync(Make.Upsert(5, "x", 5, Secret), Make.Upsert(6, "x", 4, "older")));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
        // A newer one is a new document.
        Assert.Equal(1, (await WriteAsync(Make.Upsert(7, "x", 6, "new"))).Upserted);
        Assert.Equal(3, await ScalarAsync<long>("SELECT sequence FROM uvlm.document WHERE tenant = 'a' AND id = 'x'"));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task A_document_that_was_deleted_before_is_not_news_and_one_that_never_was_nothing()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Delete(1, "x", 2));
        Assert.True((await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None)).IsEmpty);
        Assert.True((await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None)).IsEmpty);
        Assert.True((await Store.Eraser.EraseDocumentAsync("a", "never", CancellationToken.None)).IsEmpty);
        Assert.Equal(["x|2|True|1"], await RowsAsync("SELECT id, version, deleted, sequence FROM uvlm.document"));
        // Nobody has heard of the deletion yet.
        Assert.Equal(["document.deleted|1"], await RowsAsync("SELECT type, sequence FROM uvlm.outbox WHERE published_at IS NULL"));
        await ExecuteAsync("UPDATE uvlm.outbox SET published_at = now()");
        Assert.Equal(new ErasureSummary(0, 0, 0, Events: 1, 0), await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None));
        // A delete that is delivered again is known.
        Assert.Equal(new WriteSummary(0, Unchanged: 1, 0, 0, 0), await WriteAsync(Make.Delete(2, "x", 2)));
    }

    [Fact]
    public async Task However_often_a_document_is_erased_consumers_hear_of_it()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await ExecuteAsync("UPDATE uvlm.outbox SET published_at = now()");
        for (var i = 0; i < 3; i++)
            await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);
        Assert.Equal(["document.deleted|2|True"], await RowsAsync("SELECT type, sequence, published_at IS NULL FROM uvlm.outbox"));
    }

    [Fact]
    public async Task What_a_writer_commits_at_the_same_moment_is_erased_too()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await using var writer = await OpenAdminAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await ExecuteAsync(writer, "UPDATE uvlm.document SET version = 2, title = 'newer', sequence = 2 WHERE id = 'x'");

        var erasing = Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF d%')");
        await transaction.CommitAsync();

        Assert.Equal(1, (await erasing.WaitAsync(Patience)).Documents);
        Assert.Equal(["2|True||3"], await RowsAsync("SELECT version, deleted, title, sequence FROM uvlm.document"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_match_that_is_written_at_the_same_moment_is_erased_too(bool wholeTenant)
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await using var matcher = await OpenAdminAsync();
        await using var transaction = await matcher.BeginTransactionAsync();
        await ExecuteAsync(matcher, """
            UPDATE uvlm.outbox SET match_pending = false WHERE document_id = 'x';
            INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data) VALUES ('subscription.matched', 'a', 'x', 1, '{}')
            """);
        // Behind it, so that whoever goes through the events has passed the match before it is there.
        await WriteAsync(Make.Upsert(1, "y", 1, "two", tenant: "b"));

        var erasing = wholeTenant ? Store.Eraser.EraseTenantAsync("a", null, CancellationToken.None) : Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%DELETE FROM uvlm.outbox%')");
        await transaction.CommitAsync();

        Assert.Equal(2, (await erasing.WaitAsync(Patience)).Events);
        string[] left = wholeTenant ? [] : ["document.deleted"];
        Assert.Equal(left, await RowsAsync("SELECT type FROM uvlm.outbox WHERE tenant = 'a'"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_subscription_that_is_added_at_the_same_moment_is_erased_too(bool isFirst)
    {
        if (!isFirst)
            await ExecuteAsync("INSERT INTO uvlm.subscription_set (tenant, subscriptions, revision) VALUES ('a', 0, 0)");
        await using var adding = await OpenAdminAsync();
        await using var transaction = await adding.BeginTransactionAsync();
        await ExecuteAsync(adding, """
            INSERT INTO uvlm.subscription_set (tenant, subscriptions, revision) VALUES ('a', 1, 1) ON CONFLICT (tenant) DO UPDATE SET subscriptions = 1;
            INSERT INTO uvlm.subscription (tenant, mode, threshold, query) VALUES ('a', 'documents', 0.5, '{}')
            """);

        var erasing = Store.Eraser.EraseTenantAsync("a", null, CancellationToken.None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%subscription_set%')");
        await transaction.CommitAsync();

        await erasing.WaitAsync(Patience);
        Assert.Equal(["0|0"], await RowsAsync("SELECT (SELECT count(*) FROM uvlm.subscription), (SELECT count(*) FROM uvlm.subscription_set)"));
    }

    [Fact]
    public async Task A_picture_that_a_writer_is_about_to_refer_to_stays()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: Own));
        await using var writer = await OpenAdminAsync();
        await using var transaction = await writer.BeginTransactionAsync();
        await ExecuteAsync(writer, "SELECT FROM uvlm.blob FOR KEY SHARE");
        await ExecuteAsync(writer, "INSERT INTO uvlm.document_blob SELECT tenant, 'y', sha256 FROM uvlm.blob");

        var erasing = Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%uvlm.blob%')");
        await transaction.CommitAsync();

        Assert.Equal((1L, 0L), (await erasing.WaitAsync(Patience) is var done ? (done.Documents, done.Pictures) : default));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.blob"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pushed_record_that_a_node_has_read_and_not_yet_written_is_not_written_any_more(bool wholeTenant)
    {
        var record = await PushAsync("x", """{"id":"x","tenant":"a","parts":[{"type":"text","text":"one"}]}""");
        var lease = await Ingest.AcquireAsync(InboxPartition, "node", CancellationToken.None);
        Assert.Single(await Store.Inbox.ReadAsync(0, 10, long.MaxValue, CancellationToken.None));

        if (wholeTenant)
            await Store.Eraser.EraseTenantAsync("a", null, CancellationToken.None);
        else
            await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);

        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(lease, 0, record + 1, [Make.Upsert(record, "x", 1, "one")], CancellationToken.None));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
        // Whoever opens it again goes on, and finds nothing.
        var again = await Ingest.AcquireAsync(InboxPartition, "node", CancellationToken.None);
        Assert.Null(again.NextOffset);
        Assert.Empty(await Store.Inbox.ReadAsync(0, 10, long.MaxValue, CancellationToken.None));
    }

    [Fact]
    public async Task A_reader_that_has_passed_the_record_is_left_alone()
    {
        var record = await PushAsync("x", """{"id":"x","tenant":"a","parts":[{"type":"text","text":"one"}]}""");
        var lease = await Ingest.AcquireAsync(InboxPartition, "node", CancellationToken.None);
        await Ingest.WriteAsync(lease, 0, record + 1, [Make.Upsert(record, "x", 1, "one")], CancellationToken.None);
        Assert.Equal(1, (await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None)).InboxRecords);
        await Ingest.WriteAsync(lease, record + 1, record + 2, [Make.Upsert(record + 1, "y", 1, "two")], CancellationToken.None);
    }

    [Fact]
    public async Task A_letter_on_its_way_to_be_ingested_again_is_erased_and_who_has_read_it_writes_nothing()
    {
        foreach (var tenant in (string[])["a", "b"])
            await WriteAsync(new DeadLetter(tenant == "a" ? 0 : 1, "decode", "bad", null, Secret, tenant, "x", "key"u8.ToArray(), "{}"u8.ToArray(), []));
        await Store.DeadLetters.ReplayAsync(new DeadLetterFilter { Stage = "decode" }, CancellationToken.None);
        var reader = await Ingest.AcquireAsync(ReplayLog.Partition, "node", CancellationToken.None);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM uvlm.replay"));

        Assert.Equal(1, (await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None)).DeadLetters);

        Assert.Equal(["b"], await RowsAsync("SELECT tenant FROM uvlm.replay"));
        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(reader, 0, 3, [Make.Upsert(1, "x", 1, Secret)], CancellationToken.None));
        Assert.Equal(1, (await Store.Eraser.EraseTenantAsync("b", null, CancellationToken.None)).DeadLetters);
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.replay"));
    }

    [Fact]
    public async Task Nothing_of_an_erased_tenant_remains_and_nothing_of_another_is_touched()
    {
        // More documents than a page has; pictures, a tombstone, letters, events, pushed records, and what an earlier fault has left.
        await WriteAsync([
            .. Enumerable.Range(0, 250).Select(i => Make.Upsert(i, $"d{i:D3}", 1, $"content {i % 7}", images: i % 10 == 0 ? [Own] : [])),
            Make.Upsert(250, "gone", 1, "gone"), Make.Delete(251, "gone", 2), Make.Dead(252),
            Make.Upsert(253, "d000", 1, "theirs", tenant: "b", images: Own), Make.Dead(254, tenant: "b")]);
        await PushAsync("x", "one");
        await PushAsync("b", null, "two");
        foreach (var tenant in (string[])["a", "b"])
            await Store.Keys.CreateAsync(new ApiKeyGrant("key", tenant, KeyScopes.All), CancellationToken.None);
        await ExecuteAsync("""
            INSERT INTO uvlm.part_vector_1 VALUES ('a', 'orphan', 0, 'c', '[1,0,0,0,0,0,0,0]'), ('a', 'orphan', 1, 'c', '[1,0,0,0,0,0,0,0]');
            INSERT INTO uvlm.blob (tenant, sha256, media_type, bytes) VALUES ('a', sha256('garbage'), 'image/png', 'garbage')
            """);
        var others = await CountAsync("b");
        var reported = new List<long>();

        var summary = await Store.Eraser.EraseTenantAsync("a", new Immediate(reported.Add), CancellationToken.None);

        Assert.Equal(new ErasureSummary(Documents: 251, Pictures: 2, DeadLetters: 1, Events: 252, InboxRecords: 1), summary);
        Assert.Equal([100L, 200L, 251L], reported);
        Assert.All(await CountAsync("a"), row => Assert.EndsWith("|0", row, StringComparison.Ordinal));
        Assert.Equal(others, await CountAsync("b"));
        await AssertSoundAsync();
        Assert.True((await Store.Eraser.EraseTenantAsync("a", null, CancellationToken.None)).IsEmpty);
    }

    /// <summary>Every table that has tenants, and how many rows are this one's.</summary>
    private async Task<List<string>> CountAsync(string tenant)
    {
        var tables = await RowsAsync("SELECT table_name FROM information_schema.columns WHERE table_schema = 'uvlm' AND column_name = 'tenant' ORDER BY 1");
        Assert.Contains("part_vector_1", tables);
        return await RowsAsync(string.Join(" UNION ALL ", tables.Select(t => $"SELECT '{t}', count(*) FROM uvlm.{t} WHERE tenant = '{tenant}'")) + " ORDER BY 1");
    }

    private async Task<long> PushAsync(string key, string payload)
        => (await PushAsync("a", key, payload)).Ids[0];

    private async Task AssertSoundAsync()
    {
        var findings = new List<Finding>();
        await Store.Verifier.RunAsync(repair: false, findings.Add, null, CancellationToken.None);
        Assert.Empty(findings);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Immediate(Action<long> action) : IProgress<long>
    {
        public void Report(long value) => action(value);
    }
}
