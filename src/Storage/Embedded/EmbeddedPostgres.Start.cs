using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace UnifiedVlm.Storage.Embedded;

public sealed partial class EmbeddedPostgres
{
    // pgvector is not a trusted extension: the superuser makes it, the database's owner can't.
    private const string CreateUserSql = """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'uvlm') THEN
                CREATE ROLE uvlm LOGIN CREATEROLE CREATEDB;
            END IF;
        END $$
        """;

    private const string DatabaseExistsSql = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'uvlm')";
    private const string CreateDatabaseSql = "CREATE DATABASE uvlm OWNER uvlm";
    private const string CreateExtensionSql = "CREATE EXTENSION IF NOT EXISTS vector";

    private async Task StartLockedAsync(CancellationToken cancellationToken)
    {
        if (PostmasterProcess.FindRunning(_paths) is { } running)
        {
            Adopted = true;
            LogAdopted(_paths.Root, running);
        }
        else
        {
            var started = Stopwatch.GetTimestamp();
            var fresh = !File.Exists(_paths.VersionFile);
            await MakeFoldersAsync(cancellationToken).ConfigureAwait(false);
            if (fresh)
                await InitialiseAsync(cancellationToken).ConfigureAwait(false);
            await ClearRemainsAsync(cancellationToken).ConfigureAwait(false);
            await WriteSettingsAsync(cancellationToken).ConfigureAwait(false);
            await LaunchAsync(cancellationToken).ConfigureAwait(false);
            LogStarted(_paths.Root, Stopwatch.GetElapsedTime(started).TotalMilliseconds, fresh);
        }
        // Also after adopting: whoever started it may have died before this step.
        await EnsureDatabaseAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task MakeFoldersAsync(CancellationToken cancellationToken)
    {
        var (exitCode, _) = await _command.RunAsync(["test", "-x", _paths.Root], _options.StartTimeout, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new EmbeddedPostgresException(
                $"The system user '{_command.Owner}', which runs PostgreSQL because this program is root, does not exist or can't enter {_paths.Root}.",
                "Run deploy/install.sh, and choose a data folder outside of root's home.");
        }
        foreach (var folder in (string[])[_paths.Cluster, _paths.Logs, _paths.SocketFolder])
        {
            if (!Directory.Exists(folder))
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        if (!Environment.IsPrivilegedProcess)
            return;
        // Not recursive: an existing cluster has its owner already, and nothing below it is ours to change.
        var own = ProcessOutput(await OwnFoldersAsync(cancellationToken).ConfigureAwait(false));
        if (own is not null)
            throw new EmbeddedPostgresException($"The folders below {_paths.Root} can't be given to '{_command.Owner}': {own}", "Remove the folder or choose another.");
    }

    private Task<(int ExitCode, string Output)> OwnFoldersAsync(CancellationToken cancellationToken)
        => new PostgresCommand("root", asRoot: false).RunAsync(
            ["chown", "--no-dereference", _command.Owner, _paths.Cluster, _paths.Logs, _paths.SocketFolder], _options.StartTimeout, cancellationToken);

    private static string? ProcessOutput((int ExitCode, string Output) result) => result.ExitCode == 0 ? null : result.Output;

    private async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        // initdb wants an empty folder; what a killed first attempt left without PG_VERSION is worthless.
        foreach (var entry in Directory.EnumerateFileSystemEntries(_paths.Cluster))
        {
            if (Directory.Exists(entry))
                Directory.Delete(entry, recursive: true);
            else
                File.Delete(entry);
        }
        // Collation C: keys compare as bytes, whatever library version the machine has. Character types from C.UTF-8: full text folds case.
        var (exitCode, output) = await _command.RunAsync(
            [
                _binaries.InitDb, "-D", _paths.Cluster, "-U", PostgresConfiguration.AdminUser, "--auth-local=peer", "--auth-host=reject", "--encoding=UTF8",
                "--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C", "--lc-monetary=C", "--lc-numeric=C", "--lc-time=C", "--data-checksums",
            ],
            _options.StartTimeout, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw Explain("PostgreSQL's initdb failed", output);
        LogInitialised(_paths.Root);
    }

    /// <summary>Orphaned backends of a killed postmaster, and a pid file whose number now belongs to somebody else.</summary>
    private async Task ClearRemainsAsync(CancellationToken cancellationToken)
    {
        var orphans = await FindOrphansAsync().ConfigureAwait(false);
        foreach (var orphan in orphans)
        {
            LogOrphan(orphan, _paths.Root);
            PostmasterProcess.Quit(orphan);
        }
        var since = Stopwatch.GetTimestamp();
        while ((await FindOrphansAsync().ConfigureAwait(false)).Count > 0)
        {
            if (Stopwatch.GetElapsedTime(since) > _options.StartTimeout)
                throw new EmbeddedPostgresException($"Old PostgreSQL processes ({string.Join(", ", orphans)}) of {_paths.Root} do not end.", "End them by hand.");
            await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        }
        // The server overcomes a file whose process is dead. A living stranger with that number would make it refuse; as no process works
        // in this folder any more and nobody else can start one while we hold the start lock, the file is certainly stale.
        if (PostmasterProcess.ReadPid(_paths) is { } pid && PostmasterProcess.IsAlive(pid))
        {
            LogStalePid(pid, _paths.PidFile);
            File.Delete(_paths.PidFile);
        }

        Task<IReadOnlyList<int>> FindOrphansAsync() => PostmasterProcess.FindAllAsync(_paths, _command, _options.StartTimeout, cancellationToken);
    }

    private async Task WriteSettingsAsync(CancellationToken cancellationToken)
    {
        var memory = _options.MemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        await WriteFileAsync(PostgresConfiguration.FileName, PostgresConfiguration.Settings(_paths, memory), cancellationToken).ConfigureAwait(false);
        await WriteFileAsync("pg_hba.conf", PostgresConfiguration.HostBasedAuthentication, cancellationToken).ConfigureAwait(false);
        await WriteFileAsync("pg_ident.conf", PostgresConfiguration.IdentityMap(_command.Owner, Environment.UserName), cancellationToken).ConfigureAwait(false);
        var main = Path.Combine(_paths.Cluster, "postgresql.conf");
        var text = await File.ReadAllTextAsync(main, cancellationToken).ConfigureAwait(false);
        var include = $"include '{PostgresConfiguration.FileName}'";
        if (!text.Contains(include, StringComparison.Ordinal))
            await File.AppendAllTextAsync(main, "\n" + include + "\n", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>World readable inside a 0700 folder: written by root, read by PostgreSQL's user.</summary>
    private async Task WriteFileAsync(string name, string text, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_paths.Cluster, name);
        try
        {
            await File.WriteAllTextAsync(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken).ConfigureAwait(false);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain($"{path} can't be written", e.Message);
        }
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var seconds = (int)_options.StartTimeout.TotalSeconds;
        var (exitCode, output) = await _command.RunAsync(
            [_binaries.PgCtl, "start", "-D", _paths.Cluster, "-l", _paths.StartupLog, "-w", "-t", $"{seconds}", "-s"],
            _options.StartTimeout + TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw Explain("PostgreSQL did not start", output + "\n" + await LogTailAsync(cancellationToken).ConfigureAwait(false));
    }

    private async Task<string> LogTailAsync(CancellationToken cancellationToken)
    {
        var newest = new DirectoryInfo(_paths.Logs).EnumerateFiles("*.log").OrderByDescending(f => f.LastWriteTimeUtc).Take(2).ToArray();
        var lines = new List<string>();
        foreach (var file in newest)
            lines.AddRange((await File.ReadAllLinesAsync(file.FullName, cancellationToken).ConfigureAwait(false)).TakeLast(10));
        return string.Join('\n', lines);
    }

    private EmbeddedPostgresException Explain(string problem, string output)
    {
        var fix = output switch
        {
            _ when output.Contains("No space left on device", StringComparison.OrdinalIgnoreCase) => $"The disk below {_paths.Root} is full: free some space.",
            _ when output.Contains("incompatible with server", StringComparison.OrdinalIgnoreCase)
                => $"The cluster was made by another major version (see {_paths.VersionFile}): install that version or move the data with pg_dump.",
            _ when output.Contains("Permission denied", StringComparison.OrdinalIgnoreCase) => $"Give the folder {_paths.Root} to the user that runs uvlm, or choose another.",
            _ when output.Contains("could not access file", StringComparison.OrdinalIgnoreCase)
                || output.Contains("is not available", StringComparison.OrdinalIgnoreCase) => "A library is missing: run deploy/install.sh.",
            _ => $"See {_paths.Logs}.",
        };
        return new EmbeddedPostgresException($"{problem}: {output.Trim()}.", fix);
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using (var server = await OpenWhenReadyAsync(Connect(PostgresConfiguration.AdminUser, "postgres"), cancellationToken).ConfigureAwait(false))
            {
                await ExecuteAsync(server, CreateUserSql, cancellationToken).ConfigureAwait(false);
                await using var exists = new NpgsqlCommand(DatabaseExistsSql, server);
                if (await exists.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                    await ExecuteAsync(server, CreateDatabaseSql, cancellationToken).ConfigureAwait(false);
            }
            await using var database = await OpenAsync(AdminConnectionString, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(database, CreateExtensionSql, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e)
        {
            throw Explain("The database can't be set up", e.MessageText);
        }
        catch (NpgsqlException e)
        {
            throw new EmbeddedPostgresException($"PostgreSQL in {_paths.Root} runs but can't be reached: {e.Message}.", $"See {_paths.Logs}.", e);
        }
    }

    /// <summary>An adopted server may still be recovering, or be so fresh that its socket is not there yet.</summary>
    private async Task<NpgsqlConnection> OpenWhenReadyAsync(string connectionString, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await OpenAsync(connectionString, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException e) when (
                e is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } or { InnerException: SocketException }
                && PostmasterProcess.FindRunning(_paths) is not null
                && Stopwatch.GetElapsedTime(since) < _options.StartTimeout)
            {
                await Task.Delay(50, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Making a database copies a template, which on a slow disk takes longer than a command usually may.</summary>
    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)_options.StartTimeout.TotalSeconds };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
