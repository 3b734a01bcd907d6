using System.Diagnostics;
using Npgsql;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>A server that crashes in the middle of building an index. It takes all of its databases down, so it is a server of its own.</summary>
public sealed class VectorIndexCrashTests : IAsyncLifetime
{
    private const int Documents = 80;
    private const string BuilderSql = "SELECT pid FROM pg_stat_progress_create_index WHERE phase = 'waiting for writers before build'";
    private const string IndexedSql = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('uvlm.part_vector_1_hnsw') AND indisvalid";
    private static readonly LogPartition Log = new("group", "kafka:c1/t", "t", 0);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"uvlm-pg-{Guid.NewGuid():N}"[..20]);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_backend_that_is_killed_in_mid_build_costs_the_build_and_nothing_else()
    {
        await using var store = await Store.OpenAsync(new StoreOptions
        {
            Embedded = new EmbeddedPostgresOptions { DataFolder = _folder, MemoryBytes = 1L << 30 },
            HnswFromVectors = Documents,
            IndexCheckInterval = TimeSpan.FromMilliseconds(50),
        });
        // Without a pool, which would want to clean up a connection that died with the server.
        await using var admin = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(store.Embedded!.AdminConnectionString) { Pooling = false }.ConnectionString);
        await using var blocker = await admin.OpenConnectionAsync();
        var ingest = await store.OpenIngestAsync("m", Make.Dimension);
        await ExecuteAsync(blocker, "BEGIN; DELETE FROM uvlm.part_vector_1");
        var lease = await ingest.AcquireAsync(Log, "test", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, Documents, [.. Range(0)], CancellationToken.None);
        var pid = (int)await UntilAsync(admin, BuilderSql);

        // As kill -9 does: the postmaster takes no chances with the shared memory and restarts everything.
        using (var backend = Process.GetProcessById(pid))
            backend.Kill();

        await ingest.WriteAsync(lease, Documents, 2 * Documents, [.. Range(Documents)], CancellationToken.None).WaitAsync(Patience);
        await UntilAsync(admin, IndexedSql);
        Assert.Equal(4L * Documents, await UntilAsync(admin, "SELECT count(*) FROM uvlm.part_vector_1"));
        Assert.Equal(1L, await UntilAsync(admin, "SELECT count(*) FROM pg_class WHERE relname LIKE 'part_vector_1_hnsw%'"));
    }

    private static IEnumerable<DocumentUpsert> Range(int first) => Enumerable.Range(first, Documents).Select(i => Make.Upsert(i, $"doc{i:D4}", 1, $"text {i}"));

    /// <summary>The first value there is, while the server may be restarting.</summary>
    private static async Task<object> UntilAsync(NpgsqlDataSource source, string sql)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await using var command = source.CreateCommand(sql);
                if (await command.ExecuteScalarAsync(patience.Token) is { } value)
                    return value;
            }
            catch (NpgsqlException)
            {
                // It restarts.
            }
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
