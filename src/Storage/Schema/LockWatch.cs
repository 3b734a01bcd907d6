using Microsoft.Extensions.Logging;
using Npgsql;

namespace UnifiedVlm.Storage.Schema;

/// <summary>Looks from beside who keeps a session waiting for a lock: once that has given up the database can't tell any more.</summary>
internal sealed partial class LockWatch : IAsyncDisposable
{
    // A prepared transaction has no process. Of other users' sessions no more than this is shown to everybody.
    private const string HoldersSql = """
        SELECT b.pid, coalesce(a.application_name, ''), coalesce(a.usename, '')
        FROM (SELECT DISTINCT unnest(pg_blocking_pids(@waiting)) AS pid) b LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY b.pid
        """;

    private readonly NpgsqlDataSource _login;
    private readonly int _waiting;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _looking;
    private volatile IReadOnlyList<string> _holders = [];

    /// <param name="waiting">The session's process in the server.</param>
    public LockWatch(NpgsqlDataSource login, int waiting, TimeSpan interval, ILogger logger)
    {
        (_login, _waiting, _logger) = (login, waiting, logger);
        _looking = LookAsync(interval);
    }

    /// <summary>Who kept it waiting when it waited last.</summary>
    public IReadOnlyList<string> Holders => _holders;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task LookAsync(TimeSpan interval)
    {
        try
        {
            using var timer = new PeriodicTimer(interval);
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                if (await ReadAsync(_stop.Token).ConfigureAwait(false) is { Count: > 0 } holders)
                    _holders = holders;
            }
        }
        catch (Exception error)
        {
            // It only explains: the migration itself goes on without it.
            if (!_stop.IsCancellationRequested)
                LogBlind(error.Message);
        }
    }

    private async Task<List<string>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = _login.CreateCommand(HoldersSql);
        command.Parameters.AddWithValue("waiting", _waiting);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var holders = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var (pid, name, user) = (reader.GetInt32(0), reader.GetString(1), reader.GetString(2));
            holders.Add(pid == 0 ? "a prepared transaction (pg_prepared_xacts)" : $"{(name.Length == 0 ? "a session without a name" : $"'{name}'")} (pid {pid}{(user.Length == 0 ? "" : $", user {user}")})");
        }
        return holders;
    }

    [LoggerMessage(3202, LogLevel.Debug, "Who holds up the migration could not be found out: {Reason}")]
    private partial void LogBlind(string reason);
}
