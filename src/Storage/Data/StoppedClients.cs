using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Data;

/// <summary>
/// Ends sessions of this program whose process was stopped, or whose machine went away, in the middle of what it sends. To the server they are active, so that its limit on
/// idle transactions does not count for them; and they keep their locks.
/// </summary>
internal sealed partial class StoppedClients(DataSources sources, StoreOptions options, ILogger<StoppedClients> logger)
{
    // Of the same login and by the names that this program gives itself: another's COPY looks alike.
    private const string EndSql = """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM pg_stat_activity a
        WHERE a.datname = current_database() AND a.usename = session_user AND a.pid <> pg_backend_pid()
            AND (a.application_name = @program OR starts_with(a.application_name, @prefix))
            AND a.state = 'active' AND a.wait_event = 'ClientRead' AND a.state_change < clock_timestamp() - @limit
        """;

    /// <summary>For who found a lock held for long. Their transactions roll back.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        // As the login role: that is whose sessions they are.
        await using var connection = await sources.Login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(EndSql).With("program", options.ApplicationName).With("prefix", IngestSettings.WriterPrefix).With("limit", options.IdleTransactionLimit);
        var ended = (long)(await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        if (ended > 0)
            LogEnded(ended, options.IdleTransactionLimit);
    }

    [LoggerMessage(3102, LogLevel.Warning, "{Count} database sessions of this program were ended: their clients had stopped for {Limit} in the middle of what they sent, and held locks")]
    private partial void LogEnded(long count, TimeSpan limit);
}
