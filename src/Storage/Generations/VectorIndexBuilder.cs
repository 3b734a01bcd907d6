using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Generations;

/// <summary>
/// Builds the HNSW indexes of a generation once its tables are so large that looking at every vector takes too long. A graph costs an insert more than everything
/// else together, and a small table does not need it. One session builds at a time, over all nodes; writers and searches go on meanwhile. Of a build that was
/// interrupted nothing is used: its remains are dropped, and it begins anew.
/// </summary>
public sealed partial class VectorIndexBuilder
{
    private const string CountSql = "SELECT count(*) FROM (SELECT FROM uvlm.{table} LIMIT @limit) AS t";

    // A graph that outgrows maintenance_work_mem is finished row by row in its pages, many times slower (1.2 million vectors: docs/log.md, 2026-11-27). It takes its rows,
    // the links of each, and what pgvector keeps beside them; at most a quarter of what the server says there is to cache with.
    private const string MemorySql = """
        SELECT set_config('maintenance_work_mem', greatest(pg_size_bytes(current_setting('maintenance_work_mem')), least(
            pg_table_size(to_regclass('uvlm.' || @table)) + @rows * (32 * @m + 256), pg_size_bytes(current_setting('effective_cache_size')) / 4)) / 1024 || 'kB', false)
        """;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DataSources _sources;
    private readonly int _generation;
    private readonly long _fromRows;
    private readonly ILogger _logger;

    /// <param name="fromRows">A table with so many vectors gets an index.</param>
    internal VectorIndexBuilder(DataSources sources, int generation, long fromRows, ILogger<VectorIndexBuilder> logger)
    {
        _sources = sources;
        _generation = generation;
        _fromRows = fromRows;
        _logger = logger;
    }

    /// <summary>Ends with the first look for what is missing, and what was built then.</summary>
    internal Task Looked => _looked.Task;

    /// <summary>Builds what is missing, and returns when it is there. Costs next to nothing when nothing is.</summary>
    /// <returns>False: another session is building.</returns>
    public async Task<bool> BuildIfDueAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if ((await FindDueAsync(cancellationToken).ConfigureAwait(false)).Count == 0)
                return true;
            // The lock ends with the session. A node that is killed leaves a backend that builds to the end and holds the lock for as long.
            await using var connection = await _sources.Maintenance.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            if (!await TryLockAsync(connection, cancellationToken).ConfigureAwait(false))
                return false;
            // Looked at again: whoever held the lock until now may have done it.
            foreach (var table in await FindDueAsync(cancellationToken).ConfigureAwait(false))
                await BuildAsync(connection, table, cancellationToken).ConfigureAwait(false);
            // The session's end takes the server a moment, in which the next to look would be told that somebody builds.
            await UnlockAsync(connection, cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _turn.Release();
            _looked.TrySetResult();
        }
    }

    private async Task<List<VectorTable>> FindDueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var due = new List<VectorTable>();
        foreach (var table in await VectorIndexCatalog.ReadAsync(connection, _generation, cancellationToken).ConfigureAwait(false))
        {
            if (table.HasRemains || (!table.HasIndex && await IsLargeAsync(connection, table, cancellationToken).ConfigureAwait(false)))
                due.Add(table);
        }
        return due;
    }

    /// <summary>Counted only where the size allows it to be true, and no further than needed.</summary>
    private async Task<bool> IsLargeAsync(NpgsqlConnection connection, VectorTable table, CancellationToken cancellationToken)
    {
        if (table.MostRows < _fromRows)
            return false;
        await using var command = new NpgsqlCommand(GenerationTables.Of(CountSql, table.Name), connection);
        command.Parameters.AddWithValue("limit", NpgsqlDbType.Bigint, _fromRows);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))! >= _fromRows;
    }

    private async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(GenerationTables.For(VectorIndexCatalog.TryLockSql, _generation), connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task UnlockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(GenerationTables.For(VectorIndexCatalog.UnlockSql, _generation), connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task BuildAsync(NpgsqlConnection connection, VectorTable table, CancellationToken cancellationToken)
    {
        if (table.HasRemains)
        {
            LogDropping(table.Name);
            await ExecuteAsync(connection, GenerationTables.DropIndex(table.Name), cancellationToken).ConfigureAwait(false);
        }
        // What was interrupted may not be due any more.
        await using (var counting = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
        {
            if (table.HasIndex || !await IsLargeAsync(counting, table, cancellationToken).ConfigureAwait(false))
                return;
        }
        LogBuilding(table.Name, table.Hnsw.M, table.Hnsw.EfConstruction);
        var started = TimeProvider.System.GetTimestamp();
        using var ended = new CancellationTokenSource();
        var reporting = ReportAsync(table.Name, ended.Token);
        try
        {
            await GiveMemoryAsync(connection, table, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(connection, GenerationTables.CreateIndex(table.Name, table.Hnsw), cancellationToken).ConfigureAwait(false);
            // The planner weighs the index against reading the tenant's rows.
            await ExecuteAsync(connection, GenerationTables.Analyze(table.Name), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await reporting.ConfigureAwait(false);
        }
        LogBuilt(table.Name, TimeProvider.System.GetElapsedTime(started).TotalSeconds);
    }

    private async Task GiveMemoryAsync(NpgsqlConnection connection, VectorTable table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MemorySql, connection);
        command.Parameters.AddWithValue("table", NpgsqlDbType.Text, table.Name);
        command.Parameters.AddWithValue("rows", NpgsqlDbType.Bigint, table.MostRows);
        command.Parameters.AddWithValue("m", NpgsqlDbType.Integer, table.Hnsw.M);
        LogMemory(table.Name, (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
    }

    /// <summary>Until told to end. A report that fails is no reason for the build to fail.</summary>
    private async Task ReportAsync(string table, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(ReportInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(ended).ConfigureAwait(false))
            {
                await using var connection = await _sources.Login.OpenConnectionAsync(ended).ConfigureAwait(false);
                await using var command = new NpgsqlCommand(GenerationTables.For(VectorIndexCatalog.ProgressSql, _generation), connection);
                await using var reader = await command.ExecuteReaderAsync(ended).ConfigureAwait(false);
                if (await reader.ReadAsync(ended).ConfigureAwait(false))
                    LogProgress(table, reader.GetDouble(0) * 100, reader.GetString(1));
            }
        }
        catch (Exception e)
        {
            LogNoReport(table, e.Message);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // No limit of time: a large table takes what it takes.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(3310, LogLevel.Information, "Building an HNSW index over {Table} (m = {M}, ef_construction = {EfConstruction}); it is searched exactly until then")]
    private partial void LogBuilding(string table, int m, int efConstruction);

    [LoggerMessage(3311, LogLevel.Information, "The index over {Table} is {Percent:F0} % built: {Phase}")]
    private partial void LogProgress(string table, double percent, string phase);

    [LoggerMessage(3312, LogLevel.Information, "Built the HNSW index over {Table} in {Seconds:F1} s")]
    private partial void LogBuilt(string table, double seconds);

    [LoggerMessage(3313, LogLevel.Warning, "The build of the index over {Table} was interrupted; dropping what it left")]
    private partial void LogDropping(string table);

    [LoggerMessage(3315, LogLevel.Debug, "The build of the index over {Table} may use {Memory} of memory")]
    private partial void LogMemory(string table, string memory);

    [LoggerMessage(3314, LogLevel.Debug, "No more reports on the index over {Table}: {Reason}")]
    private partial void LogNoReport(string table, string reason);
}
