using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Care.Verification;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Generations.Filling;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>A second generation is filled beside writers, and nothing that they do is missed or overwritten.</summary>
public sealed class GenerationFillTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    /// <summary>Whether every document's newest content, and nothing else, is in the second generation.</summary>
    private const string AgreesSql = """
        SELECT NOT EXISTS (
            SELECT FROM uvlm.document d FULL JOIN uvlm.packed_2 p ON p.tenant = d.tenant AND p.id = d.id
            WHERE CASE WHEN d.deleted IS NOT FALSE THEN p.id IS NOT NULL ELSE p.content_hash IS DISTINCT FROM d.content_hash END)
            AND (SELECT count(*) FROM uvlm.document_vector_2) = (SELECT count(*) FROM uvlm.packed_2)
            AND (SELECT count(*) FROM uvlm.part_vector_2) = 2 * (SELECT count(*) FROM uvlm.packed_2)
        """;

    private const string PendingSql = "SELECT tenant, id FROM uvlm.generation_pending WHERE generation = 2 ORDER BY tenant, id";

    [Fact]
    public async Task What_is_stored_is_filled_in_and_what_is_written_meanwhile_is_entered()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: [[0x89, (byte)'P', 1]]), Make.Upsert(1, "y", 1, "two"), Make.Upsert(2, "z", 1, "three"), Make.Delete(3, "z", 2));
        var made = await CreateAsync();
        Assert.Equal((2, GenerationState.Filling), (made.Id, made.State));
        Assert.Equal(made, await Store.Generations.CreateAsync("new", Make.Dimension));
        await using (var filler = await FillerAsync(made))
        {
            Assert.True(await filler.SweepAsync(CancellationToken.None));
            Assert.Equal(["a|x", "a|y"], await RowsAsync(PendingSql));
            var first = Assert.Single(await filler.NextAsync(1, CancellationToken.None));
            Assert.Equal(("x", "one", 2), (first.Id, ((TextPart)first.Document!.Parts[0]).Text, first.Document.Parts.Count));
            Assert.Equal([0x89, (byte)'P', 1], ((InlineImage)((ImagePart)first.Document.Parts[1]).Source).Data.ToArray());
            Assert.Equal(1, await filler.WriteAsync([Encoded(first)], CancellationToken.None));
            Assert.Equal(["a|y"], await RowsAsync(PendingSql));

            // Replaced, new, deleted: what the second generation has of them goes at once, and what it lacks then is entered.
            await WriteAsync(Make.Upsert(4, "x", 2, "one b"), Make.Upsert(5, "w", 1, "new"), Make.Delete(6, "y", 2));
            Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.packed_2"));
            Assert.Equal(["a|w", "a|x"], await RowsAsync(PendingSql));
            // The first ends the round that was begun.
            Assert.Equal(2, await DrainAsync(filler) + await DrainAsync(filler));
            Assert.False(await filler.SweepAsync(CancellationToken.None));
            Assert.Equal(new FillProgress(2, 2, 0), await filler.ReadProgressAsync(CancellationToken.None));
        }
        Assert.Empty(await RowsAsync(PendingSql));
        Assert.True(await ScalarAsync<bool>(AgreesSql));
        Assert.Equal(["y|True", "x|False"], await RowsAsync("SELECT id, deleted FROM uvlm.document WHERE id IN ('x', 'y') ORDER BY id DESC"));
    }

    [Fact]
    public async Task What_changes_between_reading_and_writing_is_not_overwritten()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"), Make.Upsert(2, "z", 1, "three"));
        var made = await CreateAsync();
        await using var filler = await FillerAsync(made);
        await filler.SweepAsync(CancellationToken.None);
        var read = await filler.NextAsync(10, CancellationToken.None);

        await WriteAsync(Make.Upsert(3, "x", 2, "one b"), Make.Delete(4, "y", 2));
        await Store.Eraser.EraseDocumentAsync("a", "z", CancellationToken.None);
        Assert.Equal(0, await filler.WriteAsync([.. read.Select(Encoded)], CancellationToken.None));

        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM uvlm.packed_2"));
        Assert.Equal(["a|x"], await RowsAsync(PendingSql));
        Assert.Empty(await filler.NextAsync(10, CancellationToken.None));
        Assert.Equal(1, await DrainAsync(filler));
        Assert.True(await ScalarAsync<bool>(AgreesSql));
    }

    [Fact]
    public async Task A_tombstone_that_was_forgotten_and_written_anew_stays_entered()
    {
        // Of a document without a row there is nothing to lock: the entry's number tells that it was made since.
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var made = await CreateAsync();
        await using var filler = await FillerAsync(made);
        await filler.SweepAsync(CancellationToken.None);
        var read = await filler.NextAsync(10, CancellationToken.None);
        await ExecuteAsync("DELETE FROM uvlm.packed_1; DELETE FROM uvlm.part_vector_1; DELETE FROM uvlm.document_vector_1; DELETE FROM uvlm.document");

        await using (var writer = await OpenAdminAsync())
        await using (var transaction = await writer.BeginTransactionAsync())
        {
            await using var enter = new Npgsql.NpgsqlCommand("UPDATE uvlm.generation_pending SET entry = DEFAULT WHERE id = 'x'", writer);
            await enter.ExecuteNonQueryAsync();
            var writing = filler.WriteAsync([.. read.Select(Encoded)], CancellationToken.None);
            await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%generation_pending%' AND datname = current_database())");
            await transaction.CommitAsync();
            Assert.Equal(0, await writing);
        }
        Assert.Equal(["a|x"], await RowsAsync(PendingSql));
    }

    [Fact]
    public async Task A_filler_that_dies_is_followed_by_one_that_does_the_rest_only()
    {
        await WriteAsync([.. Enumerable.Range(0, 20).Select(i => Make.Upsert(i, $"d{i:00}", 1, $"content {i}"))]);
        var made = await CreateAsync();
        var dead = await FillerAsync(made);
        await dead.SweepAsync(CancellationToken.None);
        var page = await dead.NextAsync(8, CancellationToken.None);
        await dead.WriteAsync([.. page.Select(Encoded)], CancellationToken.None);
        var unwritten = await dead.NextAsync(8, CancellationToken.None);
        var before = await RowsAsync("SELECT id, xmin FROM uvlm.packed_2 ORDER BY id");

        // The dead one goes on renewing its lease here, perhaps between these two.
        GenerationFiller? taken;
        using var limit = new CancellationTokenSource(Patience);
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now() - interval '1 s'");
        }
        while ((taken = await Store.TryFillAsync(made, "test")) is null);
        await using var next = taken;
        var written = await DrainAsync(next);
        while (await next.SweepAsync(CancellationToken.None))
            written += await DrainAsync(next);

        Assert.Equal(12, written);
        Assert.Equal(before, (await RowsAsync("SELECT id, xmin FROM uvlm.packed_2 ORDER BY id")).Take(8));
        Assert.True(await ScalarAsync<bool>(AgreesSql));
        // The first one was only stopped: what it has in hand does not count any more.
        var error = await Assert.ThrowsAsync<GenerationException>(() => dead.WriteAsync([.. unwritten.Select(Encoded)], CancellationToken.None));
        Assert.Contains("taken over", error.Message, StringComparison.Ordinal);
        await dead.DisposeAsync();
    }

    [Fact]
    public async Task One_fills_at_a_time()
    {
        var made = await CreateAsync(first: true);
        await using (await FillerAsync(made))
            Assert.Null(await Store.TryFillAsync(made, "another"));
        await using var next = await FillerAsync(made);
        Assert.False(next.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task What_the_model_cannot_take_is_set_aside_until_it_changes_or_is_tried_again()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"));
        var made = await CreateAsync();
        await using var filler = await FillerAsync(made);
        await filler.SweepAsync(CancellationToken.None);
        var read = await filler.NextAsync(10, CancellationToken.None);
        await filler.WriteAsync([new FilledDocument(read[0], null, "too \0 odd"), Encoded(read[1])], CancellationToken.None);
        Assert.Equal(0, await DrainAsync(filler));
        Assert.False(await filler.SweepAsync(CancellationToken.None));

        Assert.Equal(new FillProgress(1, 2, 1), await filler.ReadProgressAsync(CancellationToken.None));
        var error = await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync(2));
        Assert.Contains("--leave-failed", error.Message, StringComparison.Ordinal);

        await filler.TryFailedAgainAsync(CancellationToken.None);
        Assert.Equal("x", Assert.Single(await filler.NextAsync(10, CancellationToken.None)).Id);
        await ExecuteAsync("UPDATE uvlm.generation_pending SET problem = 'again'");
        await WriteAsync(Make.Upsert(2, "x", 2, "one b"));
        Assert.Equal(1, await DrainAsync(filler) + await DrainAsync(filler));
        Assert.True(await ScalarAsync<bool>(AgreesSql));
    }

    [Fact]
    public async Task What_the_model_could_not_take_holds_up_no_switch_once_it_is_deleted_or_has_its_vectors()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"));
        var made = await CreateAsync();
        await using (var filler = await FillerAsync(made))
        {
            await filler.SweepAsync(CancellationToken.None);
            var read = await filler.NextAsync(10, CancellationToken.None);
            await filler.WriteAsync([new FilledDocument(read[0], null, "too odd"), Encoded(read[1])], CancellationToken.None);
            Assert.False(await filler.SweepAsync(CancellationToken.None));
        }
        await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync(2));

        await WriteAsync(Make.Delete(2, "x", 2));
        await SwitchAsync(2);

        // By a program of the model: as a filler has left it that could not encode what was there before.
        await ExecuteAsync("INSERT INTO uvlm.generation_pending (generation, tenant, id, problem) VALUES (2, 'a', 'y', 'too odd')");
        var ingest = await Store.OpenIngestAsync("new", Make.Dimension);
        var lease = await ingest.AcquireAsync(Log with { Partition = 9 }, "new", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 1, [Make.Upsert(0, "y", 2, "two b")], CancellationToken.None);
        Assert.Equal(["1|y"], await RowsAsync("SELECT generation, id FROM uvlm.generation_pending"));
    }

    [Fact]
    public async Task A_lost_picture_is_the_documents_problem_and_no_others()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: [[0x89, (byte)'P', 1]]), Make.Upsert(1, "y", 1, "two"));
        await ExecuteAsync("DELETE FROM uvlm.blob");
        var made = await CreateAsync();
        await using var filler = await FillerAsync(made);
        await filler.SweepAsync(CancellationToken.None);
        Assert.Equal(1, await DrainAsync(filler));
        Assert.StartsWith("its picture", await ScalarAsync<string>("SELECT problem FROM uvlm.generation_pending WHERE id = 'x'"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_erasure_reaches_every_generation()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"), Make.Upsert(2, "x", 1, "three", tenant: "b"));
        var made = await CreateAsync();
        await using var filler = await FillerAsync(made);
        await filler.SweepAsync(CancellationToken.None);
        await DrainAsync(filler);
        await WriteAsync(Make.Upsert(3, "z", 1, "pending"));
        await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);
        Assert.Equal(["a|y", "b|x"], await RowsAsync("SELECT tenant, id FROM uvlm.packed_2 ORDER BY tenant, id"));
        await Store.Eraser.EraseTenantAsync("a", null, CancellationToken.None);
        Assert.Equal(["b|x"], await RowsAsync("SELECT tenant, id FROM uvlm.packed_2"));
        Assert.Empty(await RowsAsync(PendingSql));
    }

    [Fact]
    public async Task Writers_and_a_filler_side_by_side_end_in_agreement()
    {
        await WriteAsync([.. Enumerable.Range(0, 60).Select(i => Make.Upsert(i, $"d{i % 30:00}", 1 + i / 30, $"content {i}"))]);
        var made = await CreateAsync();
        await using var filler = await FillerAsync(made);
        var writing = Task.WhenAll(Enumerable.Range(0, 3).Select(async writer =>
        {
            var lease = await Ingest.AcquireAsync(Log with { Partition = writer + 1 }, "test", CancellationToken.None);
            for (var i = 0; i < 40; i++)
            {
                var id = $"d{(7 * i + writer) % 30:00}";
                RecordOutcome record = i % 7 == 6 ? Make.Delete(i, id, 100 + 10 * i + writer) : Make.Upsert(i, id, 100 + 10 * i + writer, $"{writer} {i}");
                await Ingest.WriteAsync(lease, i, i + 1, [record], CancellationToken.None);
            }
        }));
        while (await filler.SweepAsync(CancellationToken.None) || !writing.IsCompleted)
            await DrainAsync(filler);
        await writing;
        await DrainAsync(filler);
        await DrainAsync(filler);
        Assert.Empty(await RowsAsync(PendingSql));
        Assert.True(await ScalarAsync<bool>(AgreesSql));
        Assert.Empty(await VerifyAsync());
    }

    [Fact]
    public async Task Verifying_knows_what_a_generation_may_lack_and_finds_what_it_may_not()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"), Make.Delete(2, "gone", 1));
        var made = await CreateAsync();
        Assert.Empty(await VerifyAsync());
        await using var filler = await FillerAsync(made);
        do
            await DrainAsync(filler);
        while (await filler.SweepAsync(CancellationToken.None));
        await WriteAsync(Make.Upsert(3, "z", 1, "pending"));
        Assert.Empty(await VerifyAsync());

        await ExecuteAsync("""
            DELETE FROM uvlm.packed_2 WHERE id = 'x'; DELETE FROM uvlm.part_vector_2 WHERE id = 'y' AND part = 1;
            INSERT INTO uvlm.document_vector_2 VALUES ('a', 'never', 'c', '[1,0,0,0,0,0,0,0]'), ('a', 'gone', 'c', '[1,0,0,0,0,0,0,0]')
            """);
        var found = await VerifyAsync();
        Assert.Equal(["Tombstone gone", "Orphan never", "Encoding x", "Vectors y"], found.Select(f => $"{f.Kind} {f.Id}"));
        Assert.All(found, f => Assert.StartsWith("generation 2: ", f.Problem, StringComparison.Ordinal));
        Assert.All(await VerifyAsync(repair: true), f => Assert.True(f.IsSettled, f.ToString()));
        Assert.Empty(await VerifyAsync());
        Assert.Equal(["a|x", "a|z"], await RowsAsync(PendingSql));
        Assert.Equal(2, await DrainAsync(filler));
        Assert.True(await ScalarAsync<bool>(AgreesSql));
    }

    private async Task<List<Finding>> VerifyAsync(bool repair = false)
    {
        var findings = new List<Finding>();
        await Store.Verifier.RunAsync(repair, findings.Add, null, CancellationToken.None);
        return findings;
    }

    private async Task<IndexGeneration> CreateAsync(bool first = false)
    {
        if (first)
            await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        return await Store.Generations.CreateAsync("new", Make.Dimension);
    }

    private Task<IndexGeneration> SwitchAsync(int target)
        => Store.Generations.SwitchAsync(target, GenerationState.Filling, SwitchAllowance.None, TimeSpan.Zero);

    private async Task<GenerationFiller> FillerAsync(IndexGeneration generation)
        => await Store.TryFillAsync(generation, "test") ?? throw new InvalidOperationException("Another fills.");

    /// <summary>To the end of what is pending.</summary>
    private static async Task<int> DrainAsync(GenerationFiller filler)
    {
        var written = 0;
        while (await filler.NextAsync(5, CancellationToken.None) is { Count: > 0 } page)
            written += await filler.WriteAsync([.. page.Select(Encoded)], CancellationToken.None);
        return written;
    }

    private static FilledDocument Encoded(PendingDocument pending) => new(
        pending, pending.Document is { } document ? Make.Embed($"new model: {((TextPart)document.Parts[0]).Text}") : null, pending.Problem);
}
