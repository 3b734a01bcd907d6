using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Generations.Filling;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Which generation is live changes at once; programs stay with that of their model.</summary>
public sealed class GenerationSwitchTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string New = "new";
    private const int NewDimension = 16;
    /// <summary>What waits here is meant to wait, and not to begin anew.</summary>
    protected override StoreOptions Options => base.Options with { LockTimeout = Patience };

    private const string StatesSql = "SELECT id, state FROM uvlm.index_generation ORDER BY id";

    [Fact]
    public async Task Every_program_stays_with_the_generation_of_its_model_and_enters_what_the_others_lack()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var old = await Store.OpenSearchAsync(Model, Dimension);
        await FillAsync();
        var refused = await Assert.ThrowsAsync<IndexMismatchException>(() => Store.OpenIngestAsync(New, NewDimension));
        Assert.Contains("still being filled", refused.Message, StringComparison.Ordinal);
        await SwitchAsync();
        Assert.Equal(["1|retired", "2|live"], await RowsAsync(StatesSql));
        Assert.Equal("""{"to": {"dimension": 16, "generation": 2, "fingerprint": "new"}, "from": {"dimension": 8, "generation": 1, "fingerprint": "test-model"}}""",
            await ScalarAsync<string>("SELECT data::text FROM uvlm.outbox WHERE type = 'index.switched'"));

        // A node of the model before: still running, and even started anew.
        await WriteAsync(Make.Upsert(1, "y", 1, "two"));
        Assert.Equal(1, (await Store.OpenIngestAsync(Model, Dimension)).Generation.Id);
        Assert.Equal(["x", "y"], await IdsAsync(old, Make.Embed("two")));
        Assert.Equal(["2|y"], await PendingAsync());

        // One of the new model.
        var ingest = await Store.OpenIngestAsync(New, NewDimension);
        var search = await Store.OpenSearchAsync(New, NewDimension);
        Assert.Equal(["x"], await IdsAsync(search, Make.Embed("one", dimension: NewDimension)));
        var lease = await ingest.AcquireAsync(Log with { Partition = 9 }, "new", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 2, [Upsert(0, "z", 1, "three"), Upsert(1, "x", 2, "one b")], CancellationToken.None);
        Assert.Equal(["1|x", "1|z", "2|y"], await PendingAsync());
        Assert.Equal(["x", "z"], await IdsAsync(search, Make.Embed("one", dimension: NewDimension)));
        Assert.Equal(["y"], await IdsAsync(old, Make.Embed("two")));

        await DrainAsync(await Store.Generations.FindAsync(New, NewDimension), NewDimension);
        await DrainAsync(await Store.Generations.FindAsync(Model, Dimension), Dimension);
        Assert.Empty(await PendingAsync());
        Assert.Equal(["x", "y", "z"], await IdsAsync(search, Make.Embed("one", dimension: NewDimension)));
        Assert.Equal(["x", "y", "z"], await IdsAsync(old, Make.Embed("one")));

        // Back, and away with the new one.
        var back = await Store.Generations.SwitchAsync(1, GenerationState.Retired, SwitchAllowance.None, TimeSpan.Zero);
        Assert.Equal((1, GenerationState.Live), (back.Id, back.State));
        Assert.Equal(["1|live", "2|retired"], await RowsAsync(StatesSql));
        await Assert.ThrowsAsync<GenerationException>(() => Store.Generations.DropAsync(1));
        await WriteAsync(Make.Upsert(2, "w", 1, "four"));
        await Store.Generations.DropAsync(2);
        Assert.Equal(["1|live"], await RowsAsync(StatesSql));
        Assert.Empty(await PendingAsync());
        Assert.True(await ScalarAsync<bool>("SELECT to_regclass('uvlm.packed_2') IS NULL"));
        await Assert.ThrowsAsync<IndexMismatchException>(() => search.FindCandidatesAsync(new("a", Make.Embed("one", dimension: NewDimension), null), CancellationToken.None));
        await Assert.ThrowsAsync<IndexMismatchException>(() => ingest.WriteAsync(lease, 2, 3, [Upsert(2, "v", 1, "five")], CancellationToken.None));
        await WriteAsync(Make.Upsert(3, "w", 2, "four b"));
        await Assert.ThrowsAsync<GenerationException>(() => Store.Generations.DropAsync(2));
    }

    [Fact]
    public async Task A_switch_waits_for_what_is_pending_and_writers_wait_for_it()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await FillAsync();
        await WriteAsync(Make.Upsert(1, "y", 1, "two"));
        var error = await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync());
        Assert.Contains("lacks 1 documents", error.Message, StringComparison.Ordinal);
        Assert.Equal(["1|live", "2|filling"], await RowsAsync(StatesSql));

        var switching = SwitchAsync(Patience);
        await UntilAsync("""
            SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE a.datname = current_database()
                AND l.relation = 'uvlm.index_generation'::regclass AND l.mode = 'ExclusiveLock' AND l.granted)
            """);
        var writing = WriteAsync(Make.Upsert(2, "z", 1, "three"));
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%')");
        Assert.False(switching.IsCompleted);
        await DrainAsync(await Store.Generations.FindAsync(New, NewDimension), NewDimension);
        await switching;
        await writing;

        // At the switch it had everything; what waited came after it.
        Assert.True(await ScalarAsync<bool>("SELECT (SELECT updated_at FROM uvlm.document WHERE id = 'z') <> (SELECT updated_at FROM uvlm.document WHERE id = 'y')"));
        Assert.Equal(["x", "y"], await RowsAsync("SELECT id FROM uvlm.packed_2 ORDER BY id"));
        Assert.Equal(["2|z"], await PendingAsync());
    }

    [Fact]
    public async Task A_writer_that_has_waited_for_the_making_of_a_generation_knows_of_it()
    {
        await using var admin = await OpenAdminAsync();
        await using var transaction = await admin.BeginTransactionAsync();
        await using (var make = new NpgsqlCommand($"""
            SET LOCAL ROLE uvlm_owner; LOCK TABLE uvlm.index_generation IN EXCLUSIVE MODE;
            INSERT INTO uvlm.index_generation (fingerprint, dimension, state, hnsw_m, ef_construction) VALUES ('{New}', {NewDimension}, 'filling', 12, 64);
            {GenerationTables.Create(2, NewDimension)}
            """, admin))
            await make.ExecuteNonQueryAsync();
        var writing = WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%')");
        await transaction.CommitAsync();
        await writing;
        Assert.Equal(["2|x"], await PendingAsync());
    }

    [Fact]
    public async Task What_was_not_filled_to_the_end_is_not_switched_to()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await Store.Generations.CreateAsync(New, NewDimension);
        Assert.Contains("not filled to the end", (await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync())).Message, StringComparison.Ordinal);
        await FillAsync();
        // As a program leaves it that knows nothing of other generations.
        await ExecuteAsync("UPDATE uvlm.document SET content_hash = 'changed' WHERE id = 'x'");
        Assert.Contains("lacks 1 documents that nobody entered", (await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync())).Message, StringComparison.Ordinal);
        await FillAsync();
        await SwitchAsync();
        Assert.Contains("live one already", (await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<GenerationException>(() => Store.Generations.SwitchAsync(7, GenerationState.Filling, SwitchAllowance.None, TimeSpan.Zero));
        Assert.Contains("rollback", (await Assert.ThrowsAsync<GenerationException>(() => SwitchAsync(target: 1))).Message, StringComparison.Ordinal);
    }

    /// <summary>Writers that overlap hold the live generation's row one after the other, and never all let go of it.</summary>
    [Fact]
    public async Task The_end_of_a_pass_over_the_live_generation_is_noted_while_writers_come_and_go()
    {
        await using var filler = await Store.TryFillAsync(Ingest.Generation, "test") ?? throw new InvalidOperationException("Another fills.");
        await using var first = await OpenAdminAsync();
        await using var second = await OpenAdminAsync();
        await using var ending = await first.BeginTransactionAsync();
        await HoldAsync(first);

        var sweeping = filler.SweepAsync(CancellationToken.None);
        await UntilAsync($"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {first.ProcessID} = ANY (pg_blocking_pids(pid)))");
        // It comes before the first one is done, and stays.
        await using var staying = await second.BeginTransactionAsync();
        var holding = HoldAsync(second);
        await Task.WhenAny(holding, UntilAsync($"SELECT cardinality(pg_blocking_pids({second.ProcessID})) > 0"));
        await ending.CommitAsync();

        Assert.False(await sweeping.WaitAsync(Patience));
        Assert.True(await ScalarAsync<bool>("SELECT filled_at IS NOT NULL FROM uvlm.index_generation WHERE id = 1"));
        await holding.WaitAsync(Patience);

        static async Task HoldAsync(NpgsqlConnection connection)
        {
            await using var hold = new NpgsqlCommand("SELECT FROM uvlm.index_generation WHERE id = 1 FOR SHARE", connection);
            await hold.ExecuteNonQueryAsync();
        }
    }

    /// <summary>x is in both indexes; y came after the switch and is pending in the old one.</summary>
    private async Task WriteToTheNewAloneAsync()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await FillAsync();
        await SwitchAsync();
        var ingest = await Store.OpenIngestAsync(New, NewDimension);
        var lease = await ingest.AcquireAsync(Log with { Partition = 9 }, "new", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 1, [Upsert(0, "y", 1, "two")], CancellationToken.None);
    }

    [Fact]
    public async Task Going_back_in_a_hurry_leaves_what_is_pending_for_later()
    {
        await WriteToTheNewAloneAsync();
        await Assert.ThrowsAsync<GenerationException>(() => Store.Generations.SwitchAsync(1, GenerationState.Retired, SwitchAllowance.None, TimeSpan.Zero));
        await Store.Generations.SwitchAsync(1, GenerationState.Retired, SwitchAllowance.Pending | SwitchAllowance.Failed, TimeSpan.Zero);
        Assert.Equal(["1|live", "2|retired"], await RowsAsync(StatesSql));
        Assert.Equal(["1|y"], await PendingAsync());
    }

    [Fact]
    public async Task A_newer_version_of_what_the_index_lacks_brings_its_vectors_and_is_no_change()
    {
        await WriteToTheNewAloneAsync();
        await Store.Generations.SwitchAsync(1, GenerationState.Retired, SwitchAllowance.Pending, TimeSpan.Zero);
        var events = await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox");

        Assert.Equal(new WriteSummary(0, Unchanged: 1, 0, 0, 0), await WriteAsync(Make.Upsert(1, "y", 2, "two")));

        Assert.Equal(["2|1"], await RowsAsync("SELECT version, sequence FROM uvlm.document WHERE id = 'y'"));
        Assert.Equal(events, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox"));
        Assert.Empty(await PendingAsync());
        foreach (var generation in (int[])[1, 2])
        {
            Assert.Equal(["x|1|2", "y|1|2"], await RowsAsync($"""
                SELECT d.id, (SELECT count(*) FROM uvlm.packed_{generation} p WHERE p.id = d.id AND p.content_hash = d.content_hash),
                    (SELECT count(*) FROM uvlm.part_vector_{generation} v WHERE v.id = d.id)
                FROM uvlm.document d ORDER BY d.id
                """));
        }
    }

    [Fact]
    public async Task Switches_in_the_middle_of_writers_lose_nothing_and_leave_one_live()
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var made = await FillAsync();
        using var stop = new CancellationTokenSource();
        var following = FollowAsync(made, NewDimension, stop.Token);
        var old = Ingest;
        var writing = Task.WhenAll(Enumerable.Range(1, 3).Select(async partition =>
        {
            var lease = await old.AcquireAsync(Log with { Partition = partition }, "test", CancellationToken.None);
            for (var i = 0; i < 50; i++)
                await old.WriteAsync(lease, i, i + 1, [Make.Upsert(i, $"p{partition}-{i % 20}", i + 1, $"{partition} {i}")], CancellationToken.None);
        }));
        await UntilAsync("SELECT count(*) > 10 FROM uvlm.document");
        await SwitchAsync(Patience);
        // At that instant, as the event's transaction saw it, nothing was lacking: it could not have committed otherwise. What came after is entered.
        await writing;
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.generation_pending WHERE generation = 2)");
        await stop.CancelAsync();
        await following;
        Assert.Equal(["1|retired", "2|live"], await RowsAsync(StatesSql));
        Assert.Equal(61, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
        foreach (var generation in (int[])[1, 2])
        {
            Assert.Equal(0, await ScalarAsync<long>($"""
                SELECT count(*) FROM uvlm.document d LEFT JOIN uvlm.packed_{generation} p ON p.tenant = d.tenant AND p.id = d.id
                WHERE p.content_hash IS DISTINCT FROM d.content_hash
                """));
        }
    }

    private async Task<IndexGeneration> FillAsync()
    {
        var made = await Store.Generations.CreateAsync(New, NewDimension);
        await using var filler = await Store.TryFillAsync(made, "test") ?? throw new InvalidOperationException("Another fills.");
        do
            await DrainAsync(filler, NewDimension);
        while (await filler.SweepAsync(CancellationToken.None));
        return made;
    }

    private Task<IndexGeneration> SwitchAsync(TimeSpan? patience = null, int target = 2)
        => Store.Generations.SwitchAsync(target, GenerationState.Filling, SwitchAllowance.None, patience ?? TimeSpan.Zero);

    private async Task FollowAsync(IndexGeneration generation, int dimension, CancellationToken stop)
    {
        await using var filler = await Store.TryFillAsync(generation, "follower", CancellationToken.None) ?? throw new InvalidOperationException("Another fills.");
        while (!stop.IsCancellationRequested)
            await DrainAsync(filler, dimension);
    }

    private async Task DrainAsync(IndexGeneration generation, int dimension)
    {
        await using var filler = await Store.TryFillAsync(generation, "test") ?? throw new InvalidOperationException("Another fills.");
        await DrainAsync(filler, dimension);
    }

    private static async Task DrainAsync(GenerationFiller filler, int dimension)
    {
        while (await filler.NextAsync(10, CancellationToken.None) is { Count: > 0 } page)
        {
            await filler.WriteAsync([.. page.Select(p => new FilledDocument(
                p, p.Document is { } document ? Make.Embed(((TextPart)document.Parts[0]).Text, dimension: dimension) : null, p.Problem))], CancellationToken.None);
        }
    }

    private static DocumentUpsert Upsert(long offset, string id, long version, string content)
        => Make.Upsert(offset, id, version, content) with { Embedding = Make.Embed(content, dimension: NewDimension) };

    private static async Task<string[]> IdsAsync(SearchStore search, SequenceEmbedding query)
        => [.. (await search.FindCandidatesAsync(new("a", query, null), CancellationToken.None)).Select(c => c.Id).Order(StringComparer.Ordinal)];

    private Task<List<string>> PendingAsync() => RowsAsync("SELECT generation, id FROM uvlm.generation_pending ORDER BY generation, id");
}
