using UnifiedVlm.Storage.Care.Verification;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Damage done by hand, in every way that is claimed to be found; and none where there is none.</summary>
public sealed class VerifyTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly byte[] Picture = [0x89, (byte)'P', (byte)'N', (byte)'G', 1];
    private static readonly byte[] OtherPicture = [0x89, (byte)'P', (byte)'N', (byte)'G', 2];

    /// <summary>What is done to the store, the finding that it has to be, and whose. The last one takes a document away for good.</summary>
    private static readonly (string Damage, FindingKind Kind, string Ids)[] Repairable =
    [
        ("DELETE FROM uvlm.part_vector_1 WHERE id = 'x' AND part = 0", FindingKind.Vectors, "x"),
        ("DELETE FROM uvlm.part_vector_1 WHERE id = 'x' AND part = 1", FindingKind.Vectors, "x"),
        ("UPDATE uvlm.part_vector_1 SET part = 2 WHERE id = 'x' AND part = 0", FindingKind.Vectors, "x"),
        ("INSERT INTO uvlm.part_vector_1 SELECT tenant, id, 2, collection, embedding FROM uvlm.part_vector_1 WHERE id = 'x' AND part = 1", FindingKind.Vectors, "x"),
        ("UPDATE uvlm.part_vector_1 SET embedding = '[1,0,0,0,0,0,0,0]' WHERE id = 'x' AND part = 1", FindingKind.Vectors, "x"),
        ("UPDATE uvlm.part_vector_1 SET collection = 'other' WHERE id = 'x' AND part = 1", FindingKind.Vectors, "x"),
        ("DELETE FROM uvlm.document_vector_1 WHERE id = 'x'", FindingKind.Vectors, "x"),
        ("UPDATE uvlm.document_vector_1 SET embedding = '[0,0,0,0,0,0,0,2]' WHERE id = 'x'", FindingKind.Vectors, "x"),
        ("UPDATE uvlm.document_vector_1 SET collection = 'other' WHERE id = 'x'", FindingKind.Vectors, "x"),
        ("UPDATE uvlm.document SET part_count = 7 WHERE id = 'x'", FindingKind.Vectors, "x"),
        ("INSERT INTO uvlm.part_vector_1 VALUES ('a', 'zz', 0, 'c', '[1,0,0,0,0,0,0,0]')", FindingKind.Orphan, "zz"),
        ("INSERT INTO uvlm.document_vector_1 VALUES ('z', 'zz', 'c', '[1,0,0,0,0,0,0,0]')", FindingKind.Orphan, "zz"),
        ("INSERT INTO uvlm.packed_1 VALUES ('a', '0', '', '')", FindingKind.Orphan, "0"),
        ("INSERT INTO uvlm.document_blob SELECT tenant, 'zz', sha256 FROM uvlm.blob", FindingKind.Orphan, "zz"),
        ("INSERT INTO uvlm.part_vector_1 VALUES ('a', 'gone', 0, 'c', '[1,0,0,0,0,0,0,0]')", FindingKind.Tombstone, "gone"),
        ("UPDATE uvlm.document SET title = 'still here' WHERE id = 'gone'", FindingKind.Tombstone, "gone"),
        ("INSERT INTO uvlm.document_blob SELECT tenant, 'gone', sha256 FROM uvlm.blob", FindingKind.Tombstone, "gone"),
        ("DELETE FROM uvlm.document_blob WHERE id = 'shown'", FindingKind.Link, "shown"),
        ("INSERT INTO uvlm.document_blob SELECT tenant, 'x', sha256 FROM uvlm.blob", FindingKind.Link, "x"),
        ("DELETE FROM uvlm.collection", FindingKind.Collection, "shown,x,y"),
        ("DELETE FROM uvlm.tenant_text_config", FindingKind.Collection, "shown,x,y"),
        ("UPDATE uvlm.document SET sequence = 0 WHERE id = 'x'", FindingKind.Event, "x"),
        ("DELETE FROM uvlm.document WHERE id = 'x'", FindingKind.Orphan, "x"),
    ];

    private static readonly string[] NotRepairable =
    [
        "DELETE FROM uvlm.packed_1 WHERE id = 'shown'",
        "UPDATE uvlm.packed_1 SET content_hash = 'other' WHERE id = 'shown'",
        "UPDATE uvlm.document SET content_hash = 'other' WHERE id = 'shown'",
        "UPDATE uvlm.packed_1 SET vectors = 'nonsense' WHERE id = 'shown'",
        // The first number of the first vector, after 12 bytes of header and 2 x 16 of parts.
        "UPDATE uvlm.packed_1 SET vectors = overlay(vectors PLACING '\\x0044' FROM 45) WHERE id = 'shown'",
        // The first part's place in the body.
        "UPDATE uvlm.packed_1 SET vectors = overlay(vectors PLACING '\\x09' FROM 13) WHERE id = 'shown'",
        "DELETE FROM uvlm.packed_1 WHERE id = 'shown'; DELETE FROM uvlm.part_vector_1 WHERE id = 'shown'; DELETE FROM uvlm.document_vector_1 WHERE id = 'shown'",
        "DELETE FROM uvlm.blob",
        "DELETE FROM uvlm.document_blob; DELETE FROM uvlm.blob",
        "UPDATE uvlm.blob SET bytes = 'damaged'",
    ];

    [Fact]
    public async Task A_sound_store_is_clean_and_is_counted()
    {
        await FillAsync();
        var (summary, findings) = await VerifyAsync(repair: false);
        Assert.Empty(findings);
        Assert.Equal(new VerifySummary(Documents: 4, Vectors: 3 * 3, Pictures: 1, Events: 5, Positions: 1, Wrong: 0, Left: 0, Garbage: 0, GarbageBytes: 0), summary);
        Assert.True(summary.IsClean);
    }

    [Fact]
    public async Task Damage_is_found_and_repaired()
    {
        await FillAsync();
        foreach (var (damage, kind, ids) in Repairable)
        {
            await ExecuteAsync(damage);

            var (summary, findings) = await VerifyAsync(repair: false);
            var found = string.Join('\n', findings.Where(f => f.Kind != FindingKind.Garbage).Select(f => $"{f.Kind} {f.Id} {f.Done}"));
            Assert.True(string.Join('\n', ids.Split(',').Select(id => $"{kind} {id} ")) == found, $"{damage}: {found}");
            Assert.False(summary.IsClean);

            (summary, findings) = await VerifyAsync(repair: true);
            Assert.All(findings.Where(f => f.Kind != FindingKind.Garbage), f => Assert.NotNull(f.Done));
            Assert.True(summary.IsClean, damage);
            (summary, _) = await VerifyAsync(repair: false);
            Assert.True(summary.Wrong == 0, damage);
        }
    }

    [Fact]
    public async Task What_only_the_model_or_the_sender_can_give_back_is_not_taken_for_unchanged_and_comes_right_when_sent_again()
    {
        await FillAsync();
        var (offset, version) = (10, 1);
        foreach (var damage in NotRepairable)
        {
            await ExecuteAsync(damage);
            Assert.False((await VerifyAsync(repair: false)).Summary.IsClean, damage);

            var (summary, findings) = await VerifyAsync(repair: true);
            Assert.Contains(findings, f => f.Advice is not null);
            Assert.False(summary.IsClean, damage);
            Assert.False(Assert.Single(await Ingest.AreUnchangedAsync([new("a", "shown", Make.Hash("three"))], CancellationToken.None)), damage);
            // Not before it is sent again, however often it is repaired.
            (_, findings) = await VerifyAsync(repair: true);
            Assert.Equal([(FindingKind.Encoding, "shown")], findings.Where(f => f.Kind is not (FindingKind.Garbage or FindingKind.Link)).Select(f => (f.Kind, f.Id!)));

            // The very same record. Only where the hash of the stored content is damaged, it takes a newer one to replace it.
            if (damage.Contains("document SET content_hash", StringComparison.Ordinal))
                version++;
            await WriteAsync(Make.Upsert(offset++, "shown", version, "three", images: Picture));
            Assert.Empty((await VerifyAsync(repair: false)).Findings);
            Assert.Equal(Picture, await ScalarAsync<byte[]>("SELECT bytes FROM uvlm.blob"));
        }
    }

    [Fact]
    public async Task A_position_behind_a_document_or_below_zero_is_found_and_left_to_the_operator()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE uvlm.ingest_offset SET next_offset = 2");
        var (summary, findings) = await VerifyAsync(repair: true);
        var only = Assert.Single(findings);
        Assert.Equal((FindingKind.Position, "gone", (string?)null), (only.Kind, only.Id, only.Done));
        Assert.False(summary.IsClean);

        // A second group that lags behind the first one is none.
        await ExecuteAsync("""
            UPDATE uvlm.ingest_offset SET next_offset = 9;
            INSERT INTO uvlm.ingest_offset (group_id, log_id, topic, partition, next_offset, owner, epoch) VALUES ('second', 'kafka:c1/t', 't', 0, 1, 'o', 1), ('third', 'kafka:c1/t', 't', 0, NULL, 'o', 1)
            """);
        Assert.Empty((await VerifyAsync(repair: false)).Findings);

        await ExecuteAsync("UPDATE uvlm.ingest_offset SET epoch = 0 WHERE group_id = 'third'; UPDATE uvlm.ingest_offset SET next_offset = -1 WHERE group_id = 'second'");
        Assert.Equal([FindingKind.Position, FindingKind.Position], (await VerifyAsync(repair: false)).Findings.Select(f => f.Kind));
    }

    [Fact]
    public async Task A_document_under_another_rule_than_its_collections_is_found_and_left_to_the_operator()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE uvlm.document SET version_rule = 'local' WHERE id = 'x'");
        var (summary, findings) = await VerifyAsync(repair: true);
        Assert.Equal([(FindingKind.Collection, "x")], findings.Select(f => (f.Kind, f.Id!)));
        Assert.False(summary.IsClean);
    }

    [Fact]
    public async Task Pictures_that_nobody_shows_are_named_and_nothing_is_wrong()
    {
        await FillAsync();
        await WriteAsync(Make.Upsert(10, "shown", 2, "replaced", images: OtherPicture));
        var (summary, findings) = await VerifyAsync(repair: true);
        var only = Assert.Single(findings);
        Assert.Equal((FindingKind.Garbage, "a"), (only.Kind, only.Tenant));
        Assert.Equal((1L, 5L, 0L), (summary.Garbage, summary.GarbageBytes, summary.Wrong));
        Assert.True(summary.IsClean);
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM uvlm.blob"));
    }

    [Fact]
    public async Task A_store_that_lost_its_generation_is_told_of()
    {
        await FillAsync();
        await ExecuteAsync("UPDATE uvlm.index_generation SET state = 'retired'");
        Assert.Equal([FindingKind.Generation], (await VerifyAsync(repair: true)).Findings.Select(f => f.Kind));
    }

    [Fact]
    public async Task Every_page_is_read_and_writers_that_go_on_are_no_finding()
    {
        // More keys than a page has, under one tenant and the next.
        await WriteAsync([.. Enumerable.Range(0, 600).Select(i => Make.Upsert(i, $"d{i:D4}", 1, $"content {i}", tenant: i < 300 ? "a" : "b"))]);
        await ExecuteAsync("DELETE FROM uvlm.part_vector_1 WHERE id IN ('d0100', 'd0255', 'd0256', 'd0599')");
        var written = 0;
        var writing = Task.CompletedTask;
        var findings = new List<Finding>();
        var summary = await Store.Verifier.RunAsync(repair: false, findings.Add, new Immediate(_ =>
        {
            // Between two pages: what the snapshot has not yet shown is replaced, deleted and added.
            if (written++ == 0)
                writing = WriteAsync(Make.Upsert(600, "d0500", 2, "newer", tenant: "b"), Make.Delete(601, "d0400", 2, tenant: "b"), Make.Upsert(602, "zz", 1, "new", tenant: "b"));
            writing.GetAwaiter().GetResult();
        }), CancellationToken.None);

        Assert.Equal(["d0100", "d0255", "d0256", "d0599"], findings.Select(f => f.Id));
        Assert.Equal(600, summary.Documents);
        Assert.True(written > 2);
        Assert.Equal(601, (await VerifyAsync(repair: false)).Summary.Documents);
    }

    [Fact]
    public async Task A_repair_looks_again_and_leaves_alone_what_a_writer_has_mended_since()
    {
        await FillAsync();
        await ExecuteAsync("DELETE FROM uvlm.packed_1 WHERE id = 'x'");
        // A writer that holds the document while the pass meets it, and then commits new vectors.
        await using var admin = await OpenAdminAsync();
        await using var transaction = await admin.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("SELECT FROM uvlm.document WHERE id = 'x' FOR UPDATE; CREATE TABLE uvlm.kept AS SELECT * FROM uvlm.packed_1 WHERE id = 'y'", admin))
            await hold.ExecuteNonQueryAsync();
        var verifying = VerifyAsync(repair: true);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF d%')");
        await using (var mend = new Npgsql.NpgsqlCommand("""
            DELETE FROM uvlm.part_vector_1 WHERE id = 'x'; DELETE FROM uvlm.document_vector_1 WHERE id = 'x';
            INSERT INTO uvlm.part_vector_1 SELECT tenant, 'x', part, collection, embedding FROM uvlm.part_vector_1 WHERE id = 'y';
            INSERT INTO uvlm.document_vector_1 SELECT tenant, 'x', collection, embedding FROM uvlm.document_vector_1 WHERE id = 'y';
            INSERT INTO uvlm.packed_1 SELECT tenant, 'x', (SELECT content_hash FROM uvlm.document WHERE id = 'x'), vectors FROM uvlm.kept; DROP TABLE uvlm.kept
            """, admin))
            await mend.ExecuteNonQueryAsync();
        await transaction.CommitAsync();

        var (summary, findings) = await verifying.WaitAsync(Patience);
        var only = Assert.Single(findings);
        Assert.Contains("meanwhile", only.Done, StringComparison.Ordinal);
        Assert.True(summary.IsClean);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.packed_1 WHERE id = 'x'"));
    }

    /// <summary>Three living documents, one with a picture, and a tombstone.</summary>
    private Task<WriteSummary> FillAsync() => WriteAsync(
        Make.Upsert(0, "x", 1, "one..."), Make.Upsert(1, "y", 1, "two..."), Make.Upsert(2, "shown", 1, "three", images: Picture),
        Make.Upsert(3, "gone", 1, "four"), Make.Delete(4, "gone", 2), Make.Dead(5));

    private async Task<(VerifySummary Summary, List<Finding> Findings)> VerifyAsync(bool repair)
    {
        var findings = new List<Finding>();
        return (await Store.Verifier.RunAsync(repair, findings.Add, null, CancellationToken.None), findings);
    }

    private sealed class Immediate(Action<VerifyProgress> action) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) => action(value);
    }
}
