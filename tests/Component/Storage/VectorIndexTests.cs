using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>The HNSW indexes come when a table is large enough, beside writers and searches, and whatever dies meanwhile.</summary>
public sealed class VectorIndexTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const int Large = 64;
    private const string PartsAreIndexed = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('uvlm.part_vector_1_hnsw') AND indisvalid AND indisready)";
    private const string RemainsAreThere = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('uvlm.part_vector_1_hnsw') AND NOT indisvalid)";
    private const string BuildWaits = "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = 'waiting for writers before build')";
    private const string EndBuilder = "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_create_index WHERE datname = current_database()";

    private const string NobodyBuilds = """
        SELECT NOT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = 4990181)
        """;

    // Of 256 dimensions, which are 64 of 8.
    protected override StoreOptions Options => base.Options with { HnswFromVectors = 44, IndexCheckInterval = TimeSpan.FromHours(1) };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // Later, the store's own look would build what these tests build.
        await Store.VectorIndex!.Looked.WaitAsync(Patience);
    }

    [Fact]
    public async Task A_small_table_has_no_index_and_a_large_one_gets_it()
    {
        await WriteAsync([.. Documents(0, Large / 2 - 1)]);
        Assert.True(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None));
        Assert.Empty(await IndexesAsync());
        Assert.Equal((VectorIndexState.Exact, VectorIndexState.Exact), await StatesAsync());

        await WriteAsync([.. Documents(Large / 2 - 1, 1)]);
        Assert.True(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None));
        Assert.True(await ScalarAsync<bool>(NobodyBuilds), "the next to look would be told that somebody builds");

        // Half as many documents as parts: that table can do without.
        Assert.Equal(["part_vector_1_hnsw|uvlm_owner|{m=12,ef_construction=64}"], await IndexesAsync());
        Assert.Equal((VectorIndexState.Hnsw, VectorIndexState.Exact), await StatesAsync());
        await WriteAsync([.. Documents(Large / 2, Large / 2)]);
        Assert.True(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None));
        Assert.Equal((VectorIndexState.Hnsw, VectorIndexState.Hnsw), await StatesAsync());
        await AssertFindsAllAsync(2 * Large);
    }

    /// <summary>A graph that outgrows maintenance_work_mem is finished many times slower.</summary>
    [Fact]
    public async Task A_build_gets_the_memory_that_its_graph_needs_as_far_as_the_server_has_it()
    {
        await ExecuteAsync("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET maintenance_work_mem = ''1MB''', current_database()); END $$");
        await ExecuteAsync("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET effective_cache_size = ''8MB''', current_database()); END $$");
        await WriteAsync([.. Documents(0, 2000)]);
        using var log = new BuildLog();

        await new VectorIndexBuilder(Store.Sources, 1, Large, new Logger<VectorIndexBuilder>(log)).BuildIfDueAsync(CancellationToken.None);

        Assert.Contains("3315 The build of the index over part_vector_1 may use 2MB of memory", log.Logger.Lines);
    }

    [Fact]
    public async Task A_writing_store_looks_by_itself()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await using var store = await Store.OpenAsync(Options);
        await store.OpenIngestAsync(Model, Dimension);
        await UntilAsync(PartsAreIndexed);
    }

    [Fact]
    public async Task Writers_and_searches_go_on_while_it_is_built()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await using var blocker = await BlockAsync();
        var build = Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None);
        await UntilAsync(BuildWaits);

        await WriteAsync([.. Documents(Large, 3)]).WaitAsync(Patience);
        var search = await Store.OpenSearchAsync(Model, Dimension);
        var found = await search.FindCandidatesAsync(new SearchQuery("a", Make.Embed($"text {Large}"), null), CancellationToken.None).WaitAsync(Patience);
        Assert.Equal($"doc{Large:D4}", found[0].Id);
        Assert.Equal((VectorIndexState.Building, VectorIndexState.Exact), await StatesAsync());
        Assert.Equal("exact, HNSW 0 % built", (await Store.Status.ReadAsync(CancellationToken.None)).Index!.ToString());
        Assert.False(build.IsCompleted);

        await blocker.DisposeAsync();
        Assert.True(await build.WaitAsync(Patience));
        // What was written meanwhile is in it.
        await AssertFindsAllAsync(2 * (Large + 3));
    }

    [Fact]
    public async Task One_node_builds_and_the_others_leave_it_to_it()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await using var other = await Store.OpenAsync(Options);
        await using var blocker = await BlockAsync();
        var build = Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None);
        await UntilAsync(BuildWaits);

        var builder = new VectorIndexBuilder(other.Sources, 1, Large, Microsoft.Extensions.Logging.Abstractions.NullLogger<VectorIndexBuilder>.Instance);
        Assert.False(await builder.BuildIfDueAsync(CancellationToken.None).WaitAsync(Patience));

        await blocker.DisposeAsync();
        Assert.True(await build.WaitAsync(Patience));
        Assert.True(await builder.BuildIfDueAsync(CancellationToken.None));
        Assert.Equal(2, (await IndexesAsync()).Count);
    }

    [Fact]
    public async Task A_build_whose_backend_dies_is_begun_anew()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await InterruptAsync();
        Assert.True(await ScalarAsync<bool>(RemainsAreThere));
        Assert.Equal((VectorIndexState.Exact, VectorIndexState.Exact), await StatesAsync());

        Assert.True(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None).WaitAsync(Patience));

        Assert.True(await ScalarAsync<bool>(PartsAreIndexed));
        await AssertFindsAllAsync(2 * Large);
    }

    [Fact]
    public async Task A_build_that_is_told_to_stop_is_begun_anew_by_the_next_store()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await using var blocker = await BlockAsync();
        var stopping = await Store.OpenAsync(Options);
        await stopping.OpenIngestAsync(Model, Dimension);
        await UntilAsync(BuildWaits);
        await stopping.DisposeAsync().AsTask().WaitAsync(Patience);
        await blocker.DisposeAsync();
        // The server notices in its own time that the session has ended, and the next store looks again in an hour only.
        await UntilAsync(NobodyBuilds);
        Assert.True(await ScalarAsync<bool>(RemainsAreThere));

        await using var next = await Store.OpenAsync(Options);
        await next.OpenIngestAsync(Model, Dimension);
        await UntilAsync(PartsAreIndexed);
    }

    [Fact]
    public async Task The_remains_of_a_build_that_is_not_due_any_more_are_dropped()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await InterruptAsync();
        await WriteAsync([.. Enumerable.Range(Large, Large).Select(i => Make.Delete(i, $"doc{i - Large:D4}", 2))]);

        Assert.True(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None).WaitAsync(Patience));
        Assert.Empty(await IndexesAsync());
    }

    [Fact]
    public async Task A_node_that_is_killed_in_mid_build_leaves_a_backend_that_builds_to_the_end()
    {
        await WriteAsync([.. Documents(0, Large)]);
        await using var proxy = new ServerProxy(ConnectionString);
        await using var killed = await Store.OpenAsync(Options with { ConnectionString = proxy.ConnectionString });
        await using var blocker = await BlockAsync();
        var cut = proxy.Arm(ServerProxy.Fault.DropAfter, "CREATE INDEX CONCURRENTLY");
        await killed.OpenIngestAsync(Model, Dimension);
        await cut.WaitAsync(Patience);
        await UntilAsync(BuildWaits);
        // The others see that somebody is at it.
        Assert.False(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None).WaitAsync(Patience));

        await blocker.DisposeAsync();
        await UntilAsync(PartsAreIndexed);
        await AssertFindsAllAsync(2 * Large);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_backup_keeps_a_finished_index_and_leaves_the_remains_of_a_build_out(bool finished)
    {
        await WriteAsync([.. Documents(0, Large)]);
        if (finished)
            Assert.True(await Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None));
        else
            await InterruptAsync();
        var restored = await Cluster.CreateDatabaseAsync();
        try
        {
            await Cluster.CopyAsync(ConnectionString, restored);
            await using (var store = await Store.OpenAsync(Options with { ConnectionString = restored }))
            {
                Assert.Equal(finished ? VectorIndexState.Hnsw : VectorIndexState.Exact, (await store.Status.ReadAsync(CancellationToken.None)).Index!.Parts);
                var search = await store.OpenSearchAsync(Model, Dimension);
                var found = await search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("text 7"), null), CancellationToken.None);
                Assert.Equal("doc0007", found[0].Id);
                await store.OpenIngestAsync(Model, Dimension);
                Assert.True(await store.VectorIndex!.BuildIfDueAsync(CancellationToken.None).WaitAsync(Patience));
                Assert.Equal(VectorIndexState.Hnsw, (await store.Status.ReadAsync(CancellationToken.None)).Index!.Parts);
            }
        }
        finally
        {
            await Cluster.DropDatabaseAsync(restored);
        }
    }

    private static IEnumerable<UnifiedVlm.Storage.Ingest.DocumentUpsert> Documents(int first, int count)
        => Enumerable.Range(first, count).Select(i => Make.Upsert(i, $"doc{i:D4}", 1, $"text {i}"));

    /// <summary>A transaction that has written to the part vectors and does not end: a build has to wait for it.</summary>
    private async Task<NpgsqlConnection> BlockAsync()
    {
        var connection = await OpenAdminAsync();
        await using var command = new NpgsqlCommand("BEGIN; DELETE FROM uvlm.part_vector_1 WHERE id = 'nobody'", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Begins a build and ends its backend in the middle.</summary>
    private async Task InterruptAsync()
    {
        await using var blocker = await BlockAsync();
        var build = Store.VectorIndex!.BuildIfDueAsync(CancellationToken.None);
        await UntilAsync(BuildWaits);
        await ExecuteAsync(EndBuilder);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => build.WaitAsync(Patience));
        // It tells its client before it has ended.
        await UntilAsync(NobodyBuilds);
    }

    private Task<List<string>> IndexesAsync() => RowsAsync("""
        SELECT c.relname, c.relowner::regrole::text, c.reloptions::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'hnsw' ORDER BY 1 DESC
        """);

    private async Task<(VectorIndexState Parts, VectorIndexState Documents)> StatesAsync()
    {
        var status = await Store.Status.ReadAsync(CancellationToken.None);
        return (status.Index!.Parts, status.Index.Documents);
    }

    /// <summary>Asked through the index alone, with as wide a search as there is.</summary>
    private async Task AssertFindsAllAsync(int parts)
    {
        await using var connection = await OpenAdminAsync();
        await using var settings = new NpgsqlCommand("BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL hnsw.ef_search = 1000", connection);
        await settings.ExecuteNonQueryAsync();
        const string Query = "SELECT tenant, id, part FROM uvlm.part_vector_1 ORDER BY embedding <#> (SELECT embedding FROM uvlm.part_vector_1 LIMIT 1) LIMIT 1000";
        await using (var plan = new NpgsqlCommand("EXPLAIN " + Query, connection))
        await using (var reader = await plan.ExecuteReaderAsync())
        {
            var text = "";
            while (await reader.ReadAsync())
                text += reader.GetString(0) + "\n";
            Assert.Contains("part_vector_1_hnsw", text, StringComparison.Ordinal);
        }
        await using var query = new NpgsqlCommand($"SELECT count(*) FROM ({Query}) AS q", connection);
        Assert.Equal((long)parts, await query.ExecuteScalarAsync());
    }

    private sealed class BuildLog : ILoggerFactory
    {
        public ListLogger Logger { get; } = new();

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => Logger;

        public void Dispose()
        {
        }
    }
}
