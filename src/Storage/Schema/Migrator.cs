using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Schema;

/// <summary>
/// Brings a database forward to this program's schema, all missing steps in one transaction: afterwards either all are there or none is.
/// Programs that start at once take turns. It waits for a lock only shortly and then lets go of all it has, so that what queues behind it goes on, and begins anew.
/// </summary>
internal sealed partial class Migrator(NpgsqlDataSource login, MigratorOptions options, ILogger<Migrator> logger)
{
    /// <summary>For so many parts of the time that is waited for a lock it is looked who holds it.</summary>
    private const int LooksPerWait = 5;

    private static readonly Version OldestVectorExtension = new(0, 8, 0);

    // Held to the end of the transaction, and gone with it whatever happens to this process.
    private const string LockSql = "SELECT pg_advisory_xact_lock(4990180, 0)";

    private const string IdleLimitSql = "SELECT set_config('idle_in_transaction_session_timeout', @limit, true)";

    private const string TableExistsSql = "SELECT to_regclass('uvlm.migration') IS NOT NULL";
    private const string CurrentSql = "SELECT coalesce(max(number), 0) FROM uvlm.migration";
    private const string ExtensionSql = "SELECT extversion FROM pg_extension WHERE extname = 'vector'";

    private const string CreateTableSql = """
        SET LOCAL ROLE uvlm_owner;
        CREATE TABLE uvlm.migration (number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
        GRANT SELECT ON uvlm.migration TO PUBLIC;
        RESET ROLE
        """;

    // After the turn is ours: others' turns are waited for however long they take.
    private const string LimitLocksSql = "SELECT pg_backend_pid() FROM set_config('lock_timeout', @limit, true)";

    private const string EnterOwnerSql = "SET LOCAL ROLE uvlm_owner";
    private const string ResetRoleSql = "RESET ROLE";
    private const string RecordSql = "INSERT INTO uvlm.migration (number, name) VALUES (@number, @name)";

    /// <summary>Applies what is missing.</summary>
    /// <returns>How many steps were applied.</returns>
    /// <exception cref="SchemaTooNewException">The database is ahead of this program.</exception>
    /// <exception cref="SchemaLockedException">Others hold locks on the tables.</exception>
    /// <exception cref="SchemaException">A right or the vector extension is missing.</exception>
    public async Task<int> MigrateAsync(IReadOnlyList<MigrationStep> steps, CancellationToken cancellationToken)
    {
        try
        {
            return await RepeatAsync(steps, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new SchemaException(
                $"The database user may not do what the schema needs: {e.MessageText}.",
                "Let an administrator run, in this database: CREATE EXTENSION vector; ALTER ROLE <user> CREATEROLE; GRANT CREATE ON DATABASE <database> TO <user>.", e);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedFile or PostgresErrorCodes.FeatureNotSupported)
        {
            throw new SchemaException($"The database server lacks pgvector: {e.MessageText}.", "Install pgvector 0.8 on the server (deploy/install.sh does on Debian).", e);
        }
    }

    private async Task<int> RepeatAsync(IReadOnlyList<MigrationStep> steps, CancellationToken cancellationToken)
    {
        long? firstFailed = null;
        for (var attempts = 1; ; attempts++)
        {
            var (applied, holders, failure) = await TryAsync(steps, cancellationToken).ConfigureAwait(false);
            if (failure is null)
                return applied;
            firstFailed ??= Stopwatch.GetTimestamp();
            var waited = Stopwatch.GetElapsedTime(firstFailed.Value);
            if (waited >= options.Patience)
                throw new SchemaLockedException(holders, waited + options.LockTimeout, failure);
            var pause = options.Pause(attempts);
            LogLocked(attempts, holders.Count == 0 ? "somebody who was gone when it was looked" : string.Join(", ", holders), pause.TotalSeconds, (options.Patience - waited).TotalSeconds);
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>How many steps were applied; or which failure to get a lock has undone them, and who was seen to hold it.</returns>
    private async Task<(int Applied, IReadOnlyList<string> Holders, PostgresException? Failure)> TryAsync(IReadOnlyList<MigrationStep> steps, CancellationToken cancellationToken)
    {
        await using var connection = await login.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await LimitIdlenessAsync(connection, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, LockSql, cancellationToken).ConfigureAwait(false);
        var current = await CurrentAsync(connection, cancellationToken).ConfigureAwait(false);
        if (current > steps.Count)
            throw new SchemaTooNewException(current, steps.Count);
        if (current < steps.Count)
        {
            await using var watch = new LockWatch(login, await LimitLocksAsync(connection, cancellationToken).ConfigureAwait(false), options.LockTimeout / LooksPerWait, logger);
            try
            {
                foreach (var step in steps.Skip(current))
                    await ApplyAsync(connection, step, cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                return (0, watch.Holders, e);
            }
        }
        await RequireVectorExtensionAsync(connection, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (steps.Count - current, [], null);
    }

    private async Task LimitIdlenessAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(IdleLimitSql, connection);
        command.Parameters.AddWithValue("limit", IngestSettings.Milliseconds(options.IdleLimit));
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> LimitLocksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LimitLocksSql, connection);
        command.Parameters.AddWithValue("limit", IngestSettings.Milliseconds(options.LockTimeout));
        return (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, MigrationStep step, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, step.Sql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, ResetRoleSql, cancellationToken).ConfigureAwait(false);
        if (step.Number == 1)
            await ExecuteAsync(connection, CreateTableSql, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, EnterOwnerSql, cancellationToken).ConfigureAwait(false);
        await using var record = new NpgsqlCommand(RecordSql, connection);
        record.Parameters.AddWithValue("number", step.Number);
        record.Parameters.AddWithValue("name", step.Name);
        await record.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(connection, ResetRoleSql, cancellationToken).ConfigureAwait(false);
        LogApplied(step.Number, step.Name);
    }

    private static async Task<int> CurrentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await ScalarAsync<bool>(connection, TableExistsSql, cancellationToken).ConfigureAwait(false))
            return 0;
        return await ScalarAsync<int>(connection, CurrentSql, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RequireVectorExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var text = await ScalarAsync<string>(connection, ExtensionSql, cancellationToken).ConfigureAwait(false);
        if (Version.TryParse(text, out var version) && version < OldestVectorExtension)
        {
            throw new SchemaException(
                $"The database has pgvector {text}, {OldestVectorExtension} or newer is needed.", "Install it on the server, then run: ALTER EXTENSION vector UPDATE.");
        }
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Without a limit of time: a step that ran into one would begin anew for ever.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(3200, LogLevel.Information, "Schema step {Number} ({Name}) applied")]
    private partial void LogApplied(int number, string name);

    [LoggerMessage(3201, LogLevel.Warning,
        "The schema can't be brought up to date yet (attempt {Attempt}), its tables are in use by {Holders}; again in {Pause:F1} s, for {Left:F0} s more")]
    private partial void LogLocked(int attempt, string holders, double pause, double left);
}
