using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Blobs;

/// <summary>
/// Removes pictures that no document refers to, a while after they last came: uploads that no document took up, and what documents that are deleted
/// or replaced have left. Page by page in key order, each page a transaction of its own, and over all nodes one at a time: whoever has the next turn goes on where the last
/// page ended.
/// </summary>
public sealed partial class BlobSweep
{
    // The lock and the limit on silence end with the page's transaction, so a node that is stopped in between holds nobody up for long.
    private const string BeginSql = """
        SELECT set_config('idle_in_transaction_session_timeout', @idle, true), pg_try_advisory_xact_lock(4990189, 0)
        """;

    // A statement of its own: its snapshot is taken when the turn is ours. What was noted later than now was noted before the clock was set back.
    private const string PositionSql = """
        SELECT after_tenant, after_sha256, after_tenant IS NOT NULL OR coalesce(ran_at NOT BETWEEN clock_timestamp() - @interval AND clock_timestamp(), true)
        FROM uvlm.retention WHERE rule = 'Pictures'
        """;

    // In the page's transaction: where it is not committed, its pictures are looked at once more.
    private const string RecordSql = """
        INSERT INTO uvlm.retention AS r (rule, ran_at, removed, total, after_tenant, after_sha256)
        VALUES ('Pictures', CASE WHEN @tenant IS NULL THEN clock_timestamp() END, @removed, @removed, @tenant, @sha256)
        ON CONFLICT (rule) DO UPDATE SET
            ran_at = coalesce(excluded.ran_at, r.ran_at), removed = CASE WHEN r.after_tenant IS NULL THEN 0 ELSE r.removed END + excluded.removed,
            total = r.total + excluded.removed, after_tenant = excluded.after_tenant, after_sha256 = excluded.after_sha256
        """;

    private const string PageSql = """
        SELECT b.tenant, b.sha256, b.touched_at < now() - @keep
            AND NOT EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = b.tenant AND r.sha256 = b.sha256)
        FROM uvlm.blob b
        WHERE (b.tenant, b.sha256) > (@tenant, @sha256)
        ORDER BY b.tenant, b.sha256
        LIMIT @max
        """;

    // A writer that is about to refer to a picture holds it FOR KEY SHARE, and an upload of it holds it too: both are left alone. What was uploaded
    // since the page was read is looked at again by PostgreSQL itself, because its row has changed.
    private const string LockSql = """
        SELECT b.tenant, b.sha256
        FROM unnest(@tenants, @hashes) AS k (tenant, sha256)
        JOIN uvlm.blob b ON b.tenant = k.tenant AND b.sha256 = k.sha256
        WHERE b.touched_at < now() - @keep
        ORDER BY b.tenant, b.sha256
        FOR UPDATE OF b SKIP LOCKED
        """;

    // A statement of its own, so its snapshot is taken when the rows are locked: a writer that referred to one of them and committed between the page
    // and the lock has left its reference, not a changed row.
    private const string DeleteSql = """
        DELETE FROM uvlm.blob b USING unnest(@tenants, @hashes) AS k (tenant, sha256)
        WHERE b.tenant = k.tenant AND b.sha256 = k.sha256
            AND NOT EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = b.tenant AND r.sha256 = b.sha256)
        """;

    /// <summary>A node asks so often within an interval whether a sweep is due or was left unfinished.</summary>
    internal const int LooksPerInterval = 10;

    private const int PageSize = 200;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(1);

    private readonly DataSources _sources;
    private readonly ILogger _logger;

    internal BlobSweep(DataSources sources, ILogger<BlobSweep> logger)
    {
        _sources = sources;
        _logger = logger;
    }

    /// <summary>Sweeps to the end at once: one that was left unfinished from where it stands, else from the beginning.</summary>
    /// <param name="keep">How long a picture stays after it last came, whether or not a document refers to it.</param>
    /// <returns>How many were removed. Another session that sweeps at this moment is left to it.</returns>
    public Task<long> RunAsync(TimeSpan keep, CancellationToken cancellationToken) => RunAsync(keep, TimeSpan.Zero, cancellationToken);

    /// <summary>Sweeps to the end if one is due, or was left unfinished.</summary>
    /// <param name="keep">How long a picture stays after it last came, whether or not a document refers to it.</param>
    /// <param name="interval">From the end of a sweep, whichever node's, to the next.</param>
    /// <returns>How many were removed. Another session that sweeps at this moment is left to it.</returns>
    public async Task<long> RunAsync(TimeSpan keep, TimeSpan interval, CancellationToken cancellationToken)
    {
        if (await SweepAsync(keep, interval, cancellationToken).ConfigureAwait(false) is not (> 0 and var removed))
            return 0;
        LogRemoved(removed, keep.TotalHours);
        return removed;
    }

    private async Task<long> SweepAsync(TimeSpan keep, TimeSpan interval, CancellationToken cancellationToken)
    {
        var total = 0L;
        while (true)
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            if (await BeginAsync(connection, interval, cancellationToken).ConfigureAwait(false) is not { } after)
                return total;
            var page = await ReadPageAsync(connection, after, keep, cancellationToken).ConfigureAwait(false);
            var unused = page.Where(static row => row.IsUnused).Select(static row => row.Key).ToList();
            var removed = await RemoveAsync(connection, unused, keep, cancellationToken).ConfigureAwait(false);
            var end = page.Count == PageSize ? page[^1].Key : (BlobKey?)null;
            await RecordAsync(connection, removed, end, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            total += removed;
            if (end is null)
                return total;
        }
    }

    /// <summary>Removes those that are still unused, within the caller's transaction.</summary>
    internal static async Task<int> RemoveAsync(NpgsqlConnection connection, IReadOnlyList<BlobKey> unused, TimeSpan keep, CancellationToken cancellationToken)
    {
        if (unused.Count == 0)
            return 0;
        var locked = await LockAsync(connection, unused, keep, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(DeleteSql).With("tenants", locked.Select(static k => k.Tenant)).With("hashes", locked.Select(static k => k.Sha256));
        return await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <returns>After which picture to go on; null: another session sweeps, or there is nothing to do yet.</returns>
    private static async Task<BlobKey?> BeginAsync(NpgsqlConnection connection, TimeSpan interval, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(BeginSql).With("idle", $"{(long)IdleLimit.TotalMilliseconds}ms");
        batch.Add(PositionSql).With("interval", interval);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!reader.GetBoolean(1))
            return null;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            return BlobKey.First;
        if (!reader.GetBoolean(2))
            return null;
        return reader.IsDBNull(0) ? BlobKey.First : new BlobKey(reader.GetString(0), reader.GetFieldValue<byte[]>(1));
    }

    /// <param name="end">Of the page; null: it was the last one.</param>
    private static async Task RecordAsync(NpgsqlConnection connection, int removed, BlobKey? end, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(RecordSql).With("removed", (long?)removed).With("tenant", end?.Tenant).With("sha256", end?.Sha256 ?? []);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<(BlobKey Key, bool IsUnused)>> ReadPageAsync(
        NpgsqlConnection connection, BlobKey after, TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(PageSql).With("tenant", after.Tenant).With("sha256", after.Sha256).With("keep", keep).With("max", PageSize);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var page = new List<(BlobKey, bool)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            page.Add((new BlobKey(reader.GetString(0), reader.GetFieldValue<byte[]>(1)), reader.GetBoolean(2)));
        return page;
    }

    private static async Task<List<BlobKey>> LockAsync(NpgsqlConnection connection, IReadOnlyList<BlobKey> keys, TimeSpan keep, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LockSql).With("tenants", keys.Select(static k => k.Tenant)).With("hashes", keys.Select(static k => k.Sha256)).With("keep", keep);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var locked = new List<BlobKey>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            locked.Add(new BlobKey(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        return locked;
    }

    [LoggerMessage(3800, LogLevel.Information, "Removed {Count} pictures that no document refers to and that last came more than {Hours:F0} h ago")]
    private partial void LogRemoved(long count, double hours);
}
