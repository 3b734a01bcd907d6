using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class WriteTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string Documents = "SELECT tenant, id, version, deleted, sequence, part_count FROM uvlm.document ORDER BY tenant, id";
    private const string Vectors = """
        SELECT (SELECT count(*) FROM uvlm.part_vector_1), (SELECT count(*) FROM uvlm.document_vector_1), (SELECT count(*) FROM uvlm.packed_1)
        """;

    [Fact]
    public async Task A_range_stores_documents_vectors_events_and_the_offset_together()
    {
        var summary = await WriteAsync(Make.Upsert(10, "x", 1, "one", parts: 3), Make.Upsert(12, "y", 1, "two"), Make.Dead(13));

        Assert.Equal(new WriteSummary(Upserted: 2, Unchanged: 0, Stale: 0, Deleted: 0, DeadLettered: 1), summary);
        Assert.Equal(["a|x|1|False|1|3", "a|y|1|False|1|2"], await RowsAsync(Documents));
        Assert.Equal(["5|2|2"], await RowsAsync(Vectors));
        Assert.Equal(["document.indexed|x|1", "document.indexed|y|1", "document.dead|doc|"], await RowsAsync("SELECT type, document_id, sequence FROM uvlm.outbox ORDER BY id"));
        Assert.Equal(["14|1"], await RowsAsync("SELECT next_offset, epoch FROM uvlm.ingest_offset"));
    }

    [Fact]
    public async Task A_newer_version_replaces_row_vectors_and_pictures()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", parts: 3, images: [[1], [2]]));
        await WriteAsync(Make.Upsert(1, "x", 2, "two", parts: 1, images: [[2], [3]]));

        Assert.Equal(["a|x|2|False|2|1"], await RowsAsync(Documents));
        Assert.Equal(["1|1|1"], await RowsAsync(Vectors));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document_blob"));
    }

    [Fact]
    public async Task An_older_version_is_ignored()
    {
        await WriteAsync(Make.Upsert(0, "x", 2, "two"));
        var summary = await WriteAsync(Make.Upsert(1, "x", 1, "one"));

        Assert.Equal(1, summary.Stale);
        Assert.Equal(["a|x|2|False|1|2"], await RowsAsync(Documents));
        Assert.Empty(await RowsAsync("SELECT id FROM uvlm.dead_letter"));
    }

    [Fact]
    public async Task Equal_version_and_equal_content_change_nothing()
    {
        await WriteAsync(Make.Upsert(0, "x", 2, "two"));
        var before = await RowsAsync("SELECT xmin FROM uvlm.packed_1");
        var summary = await WriteAsync(Make.Upsert(1, "x", 2, "two"));

        Assert.Equal(1, summary.Unchanged);
        Assert.Equal(before, await RowsAsync("SELECT xmin FROM uvlm.packed_1"));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox"));
    }

    [Fact]
    public async Task Equal_version_and_other_content_is_a_dead_letter_that_can_be_sent_again()
    {
        await WriteAsync(Make.Upsert(0, "x", 2, "two"));
        var summary = await WriteAsync(Make.Upsert(1, "x", 2, "other", images: [[0x89, (byte)'P', (byte)'N', (byte)'G']]));

        Assert.Equal(new WriteSummary(0, 0, 0, 0, DeadLettered: 1), summary);
        var letter = await OnlyLetterAsync("a");
        Assert.Equal(("conflict", "version", 1L, "x"), (letter.Letter.Reason, letter.Letter.Field, letter.Letter.Offset, letter.Letter.DocumentId));
        using var payload = System.Text.Json.JsonDocument.Parse(letter.Letter.Payload);
        Assert.Equal("other", payload.RootElement.GetProperty("parts")[0].GetProperty("text").GetString());
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], payload.RootElement.GetProperty("parts")[1].GetProperty("data").GetBytesFromBase64());
        Assert.Equal(Make.Hash("two"), await ScalarAsync<byte[]>("SELECT content_hash FROM uvlm.document"));
    }

    [Fact]
    public async Task A_tombstone_blocks_what_is_older_and_gives_way_to_what_is_newer()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: [[1]]));
        Assert.Equal(1, (await WriteAsync(Make.Delete(1, "x", 5))).Deleted);
        Assert.Equal(["a|x|5|True|2|0"], await RowsAsync(Documents));
        Assert.Equal(["0|0|0"], await RowsAsync(Vectors));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document_blob"));

        Assert.Equal(1, (await WriteAsync(Make.Upsert(2, "x", 4, "four"))).Stale);
        Assert.Equal(["a|x|5|True|2|0"], await RowsAsync(Documents));

        Assert.Equal(1, (await WriteAsync(Make.Upsert(3, "x", 6, "six"))).Upserted);
        Assert.Equal(["a|x|6|False|3|2"], await RowsAsync(Documents));
        Assert.Equal(["document.indexed|1", "document.deleted|2", "document.indexed|3"], await RowsAsync("SELECT type, sequence FROM uvlm.outbox ORDER BY id"));
    }

    [Fact]
    public async Task A_delete_of_an_unknown_document_is_remembered()
    {
        await WriteAsync(Make.Delete(0, "x", 5));
        Assert.Equal(1, (await WriteAsync(Make.Upsert(1, "x", 4, "four"))).Stale);
        Assert.Equal(["a|x|5|True|1|0"], await RowsAsync(Documents));
    }

    [Fact]
    public async Task A_document_may_occur_many_times_in_a_range()
    {
        var summary = await WriteAsync(
            Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "x", 3, "three", parts: 4), Make.Upsert(2, "x", 2, "two"), Make.Delete(3, "y", 1),
            Make.Upsert(4, "y", 2, "why"), Make.Upsert(5, "x", 3, "not three"), Make.Delete(6, "z", 9));

        Assert.Equal(new WriteSummary(Upserted: 3, Unchanged: 0, Stale: 1, Deleted: 2, DeadLettered: 1), summary);
        Assert.Equal(["a|x|3|False|1|4", "a|y|2|False|1|2", "a|z|9|True|1|0"], await RowsAsync(Documents));
        Assert.Equal(["6|2|2"], await RowsAsync(Vectors));
    }

    [Fact]
    public async Task An_unchanged_document_without_vectors_only_gets_its_version()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var before = await RowsAsync("SELECT xmin FROM uvlm.part_vector_1");
        var unchanged = await Ingest.AreUnchangedAsync(
            [new("a", "x", Make.Hash("one")), new("a", "x", Make.Hash("two")), new("b", "x", Make.Hash("one"))], CancellationToken.None);
        Assert.Equal(new[] { true, false, false }, unchanged);

        var summary = await WriteAsync(Make.Upsert(1, "x", 7, "one", encoded: false));

        Assert.Equal(1, summary.Unchanged);
        Assert.Equal(["a|x|7|False|1|2"], await RowsAsync(Documents));
        Assert.Equal(before, await RowsAsync("SELECT xmin FROM uvlm.part_vector_1"));
    }

    [Fact]
    public async Task A_document_without_vectors_that_has_changed_meanwhile_asks_for_them_and_nothing_is_written()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await WriteAsync(Make.Upsert(1, "x", 2, "two"));

        var error = await Assert.ThrowsAsync<EmbeddingMissingException>(() => WriteAsync(Make.Upsert(2, "new", 1, "new"), Make.Upsert(3, "x", 3, "one", encoded: false)));

        Assert.Equal([3L], error.Offsets);
        Assert.Equal(["a|x|2|False|2|2"], await RowsAsync(Documents));
        Assert.Equal(2, await ScalarAsync<long>("SELECT next_offset FROM uvlm.ingest_offset"));
    }

    [Fact]
    public async Task A_collection_keeps_to_the_version_rule_of_its_first_document()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", rule: "kafka:c1/t"));
        var summary = await WriteAsync(
            Make.Upsert(1, "y", 99, "two"), Make.Upsert(2, "x", 99, "three", collection: "other"), Make.Delete(3, "x", 99), Make.Upsert(4, "z", 1, "z", collection: "other"),
            Make.Upsert(5, "zz", 1, "zz", collection: "other", rule: "local"));

        Assert.Equal(new WriteSummary(Upserted: 1, Unchanged: 0, Stale: 0, Deleted: 0, DeadLettered: 4), summary);
        var letters = await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None);
        Assert.All(letters, l => Assert.Equal("version-rule", l.Reason));
        Assert.Contains("kafka:c1/t", (await Store.DeadLetters.FindAsync("a", letters[0].Id, CancellationToken.None)).Letter.ErrorChain, StringComparison.Ordinal);
        Assert.Equal(["c|kafka:c1/t", "other|explicit"], await RowsAsync("SELECT name, version_rule FROM uvlm.collection ORDER BY name"));
    }

    [Fact]
    public async Task Dead_letters_keep_bytes_and_headers_and_anything_may_be_said_about_them()
    {
        KeyValuePair<string, byte[]>[] headers = [new("h", [0, 255]), new("h", []), new("\0odd\ud800", [1])];
        await WriteAsync(Make.Dead(0, "zero \0 and half \ud83d", tenant: null, headers));

        var letter = await OnlyLetterAsync(tenant: null);
        Assert.Equal("zero \uFFFD and half \uFFFD", letter.Letter.Reason);
        Assert.Equal(["h", "h", "\uFFFDodd\uFFFD"], letter.Letter.Headers.Select(h => h.Key));
        Assert.Equal([[0, 255], [], [1]], letter.Letter.Headers.Select(h => h.Value));
        Assert.Equal(Log, letter.Summary.Partition);
        Assert.Equal("payload"u8.ToArray(), letter.Letter.Payload.ToArray());
        Assert.Empty(await Store.DeadLetters.ListAsync(new DeadLetterFilter { Tenant = "a" }, 0, 10, CancellationToken.None));
    }

    [Theory]
    [InlineData("zero \0", null)]
    [InlineData("half a pair HALF", null)] // an attribute can't hold one
    [InlineData("fine", "{\"n\":1e999999}")]
    [InlineData("fine", "{\"n\":\"\\u0000\"}")]
    public async Task A_record_that_the_database_refuses_becomes_a_dead_letter_and_takes_no_neighbour_along(string text, string? metadata)
    {
        var bad = Make.Upsert(1, "bad", 1, text.Replace("HALF", "\ud83d", StringComparison.Ordinal));
        bad = bad with { Document = bad.Document with { Metadata = metadata is null ? null : System.Text.Json.Nodes.JsonNode.Parse(metadata)!.AsObject() } };

        var summary = await WriteAsync(Make.Upsert(0, "x", 1, "one"), bad, Make.Upsert(2, "y", 1, "two"));

        Assert.Equal(new WriteSummary(Upserted: 2, Unchanged: 0, Stale: 0, Deleted: 0, DeadLettered: 1), summary);
        var letter = await OnlyLetterAsync("a");
        Assert.Equal(("unstorable", "bad"), (letter.Letter.Reason, letter.Letter.DocumentId));
        Assert.Equal(["x", "y"], await RowsAsync("SELECT id FROM uvlm.document ORDER BY id"));
        Assert.Equal(3, await ScalarAsync<long>("SELECT next_offset FROM uvlm.ingest_offset"));
    }

    [Fact]
    public async Task Keys_too_long_for_an_index_and_vectors_with_nan_are_refused_alone()
    {
        var random = new Random(5);
        var longId = string.Concat(Enumerable.Range(0, 4000).Select(_ => (char)random.Next('a', 'z')));
        var nan = Make.Upsert(1, "nan", 1, "nan");
        nan = nan with { Embedding = nan.Embedding! with { DocumentVector = Enumerable.Repeat(float.NaN, Dimension).ToArray() } };

        var summary = await WriteAsync(Make.Upsert(0, longId, 1, "long"), nan, Make.Upsert(2, "x", 1, "one"));

        Assert.Equal(new WriteSummary(1, 0, 0, 0, DeadLettered: 2), summary);
        Assert.Equal(["x"], await RowsAsync("SELECT id FROM uvlm.document"));
    }

    [Fact]
    public async Task A_dead_letter_that_no_index_takes_either_is_kept_without_what_it_says_of_its_owner()
    {
        var random = new Random(5);
        var tenant = string.Concat(Enumerable.Range(0, 4000).Select(_ => (char)random.Next(0x4E00, 0x9FA0)));

        var summary = await WriteAsync(
            Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "long", 1, "long", tenant), Make.Dead(2, "bad", tenant, KeyValuePair.Create("h", new byte[] { 1 })), Make.Dead(3),
            Make.Upsert(4, "y", 1, "two"));

        Assert.Equal(new WriteSummary(Upserted: 2, 0, 0, 0, DeadLettered: 3), summary);
        Assert.Equal(5, await ScalarAsync<long>("SELECT next_offset FROM uvlm.ingest_offset"));
        var letters = await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None);
        Assert.Equal(
            new (long, string?, string?, string, string)[] { (1, null, null, "store", "unstorable"), (2, null, null, "store", "unstorable"), (3, "a", "doc", "decode", "bad") },
            letters.Select(static l => (l.Offset, l.Tenant, l.DocumentId, l.Stage, l.Reason)));
        var letter = (await Store.DeadLetters.FindAsync(null, letters[1].Id, CancellationToken.None)).Letter;
        Assert.Empty(letter.Headers);
        Assert.Equal("key"u8.ToArray(), letter.Key.ToArray());
        Assert.Equal("payload"u8.ToArray(), letter.Payload.ToArray());
        Assert.Contains("PostgreSQL 54000", letter.ErrorChain, StringComparison.Ordinal);
        Assert.Contains("\ndecode: bad\nerror chain", letter.ErrorChain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_text_with_more_words_than_a_tsvector_holds_the_beginning_is_found()
    {
        var words = string.Join(' ', Enumerable.Range(0, 400_000).Select(i => $"w{i}x"));
        await WriteAsync(Make.Upsert(0, "x", 1, words));

        Assert.True(await ScalarAsync<bool>("SELECT tsv @@ 'w7x'::tsquery FROM uvlm.document"));
        Assert.False(await ScalarAsync<bool>("SELECT tsv @@ 'w399999x'::tsquery FROM uvlm.document"));
    }

    [Fact]
    public async Task A_range_larger_than_a_message_is_written_in_pieces_and_is_whole()
    {
        const int Documents = 5;
        // Text and pictures each come to more than the 16 MB of a piece.
        var text = string.Join(' ', Enumerable.Repeat("word", 500_000));
        var upserts = Enumerable.Range(0, Documents)
            .Select(i => Make.Upsert(i, $"doc{i}", 1, $"{text} {i}", language: i % 2 == 0 ? "en" : "de", images: Picture(i))).ToArray();

        Assert.Equal(new WriteSummary(Documents, 0, 0, 0, 0), await WriteAsync([.. upserts]));

        Assert.Equal(
            [.. upserts.Select(u => $"{u.Document.Id}|{text.Length + 2}|2|1|6000000")],
            await RowsAsync("""
                SELECT d.id, length(d.body->0->>'text'), d.part_count, count(r), sum(length(b.bytes)) FROM uvlm.document d
                JOIN uvlm.document_blob r ON r.tenant = d.tenant AND r.id = d.id JOIN uvlm.blob b ON b.tenant = r.tenant AND b.sha256 = r.sha256
                JOIN uvlm.packed_1 p ON p.tenant = d.tenant AND p.id = d.id
                GROUP BY d.tenant, d.id ORDER BY d.id
                """));
        Assert.Equal(["english", "german"], await RowsAsync("SELECT text_config FROM uvlm.tenant_text_config ORDER BY 1"));

        static byte[] Picture(int number)
        {
            var bytes = new byte[6_000_000];
            BitConverter.TryWriteBytes(bytes, number);
            return bytes;
        }
    }

    [Fact]
    public async Task Equal_pictures_are_stored_once_a_tenant()
    {
        byte[] picture = [0xFF, 0xD8, 0xFF, 1, 2, 3];
        await WriteAsync(
            Make.Upsert(0, "x", 1, "one", images: [picture, picture]), Make.Upsert(1, "y", 1, "two", images: [picture]), Make.Upsert(2, "x", 1, "one", tenant: "b", images: [picture]));
        await WriteAsync(Make.Upsert(3, "z", 1, "three", images: [picture]));

        Assert.Equal(["a|image/jpeg", "b|image/jpeg"], await RowsAsync("SELECT tenant, media_type FROM uvlm.blob ORDER BY tenant"));
        Assert.Equal(4, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document_blob"));
        var search = await Store.OpenSearchAsync(Model, Dimension);
        var loaded = Assert.Single(await search.LoadDocumentsAsync("a", ["x"], CancellationToken.None));
        Assert.Equal(3, loaded.Parts.Count);
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(picture));
        Assert.Equal([sha256, sha256], loaded.Parts.OfType<UnifiedVlm.Documents.ImagePart>().Select(static p => ((UnifiedVlm.Documents.BlobImage)p.Source).Sha256));
        Assert.Equal(picture, (await search.LoadPicturesAsync("a", [sha256], CancellationToken.None))[sha256].Data.ToArray());
    }

    [Fact]
    public async Task Local_versions_are_reserved_without_overlap()
    {
        var firsts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ingest.ReserveLocalVersionsAsync(10, CancellationToken.None)));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => 1L + 10 * i), firsts.Order());
    }

    [Fact]
    public async Task A_document_that_another_writer_inserts_after_our_look_is_resolved_against_and_not_overwritten_blindly()
    {
        var patient = Store.CreateIngest(new IngestSettings(Ingest.Generation, Patience, Patience));
        var lease = await patient.AcquireAsync(Log, "test", CancellationToken.None);
        await using var other = await OpenAdminAsync();
        await using (var transaction = await other.BeginTransactionAsync())
        {
            await using var insert = new Npgsql.NpgsqlCommand("""
                INSERT INTO uvlm.document (tenant, id, version, version_rule, content_hash, deleted, sequence, part_count, source_log, source_topic, source_partition, source_offset)
                VALUES ('a', 'x', 1, 'explicit', '', true, 7, 0, '', '', 0, 0)
                """, other);
            await insert.ExecuteNonQueryAsync();
            var write = patient.WriteAsync(lease, 0, 1, [Make.Upsert(0, "x", 2, "two")], CancellationToken.None);
            await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'uvlm-w:%' AND wait_event_type = 'Lock')");
            await transaction.CommitAsync();
            Assert.Equal(1, (await write.WaitAsync(Patience)).Upserted);
        }
        Assert.Equal(["a|x|2|False|8|2"], await RowsAsync(Documents));
        Assert.Equal(["8"], await RowsAsync("SELECT sequence FROM uvlm.outbox"));
    }

    [Fact]
    public async Task Partitions_that_write_the_same_new_documents_at_once_agree_on_the_newest()
    {
        var leases = await Task.WhenAll(Enumerable.Range(0, 4).Select(p => Ingest.AcquireAsync(Log with { Partition = p }, "test", CancellationToken.None)));
        for (var round = 0; round < 10; round++)
        {
            var at = round;
            await Task.WhenAll(leases.Select((lease, p) => Ingest.WriteAsync(
                lease, at, at + 1, [Make.Upsert(at, $"doc{at}", p, $"by {p}", collection: $"c{at}")], CancellationToken.None)));
        }
        Assert.Equal(Enumerable.Repeat("3", 10), await RowsAsync("SELECT version FROM uvlm.document"));
        Assert.Equal(10, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document d JOIN uvlm.packed_1 p USING (tenant, id) WHERE p.content_hash = d.content_hash"));
        Assert.Equal(20, await ScalarAsync<long>("SELECT count(*) FROM uvlm.part_vector_1"));
    }

    private async Task<StoredDeadLetter> OnlyLetterAsync(string? tenant)
    {
        var only = Assert.Single(await Store.DeadLetters.ListAsync(new DeadLetterFilter { Tenant = tenant }, 0, 10, CancellationToken.None));
        return await Store.DeadLetters.FindAsync(tenant, only.Id, CancellationToken.None);
    }
}
