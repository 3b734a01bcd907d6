using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>
/// A private PostgreSQL on a unix socket, for one machine without a database of its own. It outlives the process that started it, so that
/// a restart after a crash finds it running; the last process that leaves orderly stops it.
/// </summary>
public sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    private readonly EmbeddedPostgresOptions _options;
    private readonly ClusterPaths _paths;
    private readonly PostgresBinaries _binaries;
    private readonly PostgresCommand _command;
    private readonly ILogger _logger;
    private FileLock? _clientLock;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _binaries = PostgresBinaries.Locate(options.BinariesFolder);
        var asRoot = Environment.IsPrivilegedProcess;
        _command = new PostgresCommand(asRoot ? options.SystemUser : Environment.UserName, asRoot);
        var folder = options.ResolveDataFolder();
        CreateFolder(folder);
        _paths = new ClusterPaths(RealPath(folder));
    }

    /// <summary>Connects as the role that owns the database; it is no superuser.</summary>
    public string ConnectionString => Connect(PostgresConfiguration.User, PostgresConfiguration.Database);

    /// <summary>Connects as the cluster's superuser, for backups and for the operator.</summary>
    public string AdminConnectionString => Connect(PostgresConfiguration.AdminUser, PostgresConfiguration.Database);

    public string DataFolder => _paths.Root;

    /// <summary>Where PostgreSQL writes its own log.</summary>
    public string LogFolder => _paths.Logs;

    /// <summary>True when a server that was already running was taken over by <see cref="StartAsync"/>.</summary>
    public bool Adopted { get; private set; }

    /// <summary>Starts the cluster, after making it if need be, or adopts the running one. Processes that call this at once take turns.</summary>
    /// <exception cref="EmbeddedPostgresException">With what to do about it.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        EmbeddedPostgresOptions options, ILoggerFactory? loggers = null, CancellationToken cancellationToken = default)
    {
        var postgres = new EmbeddedPostgres(options, (loggers ?? NullLoggerFactory.Instance).CreateLogger<EmbeddedPostgres>());
        using var startLock = await FileLock.ExclusiveAsync(postgres._paths.StartLock, options.StartTimeout, cancellationToken).ConfigureAwait(false);
        await postgres.StartLockedAsync(cancellationToken).ConfigureAwait(false);
        postgres._clientLock = await FileLock.SharedAsync(postgres._paths.ClientsLock, options.StartTimeout, cancellationToken).ConfigureAwait(false);
        return postgres;
    }

    /// <summary>Starts the server again if it has ended while this process uses it: killed, or out of memory. Does nothing while it runs.</summary>
    /// <exception cref="EmbeddedPostgresException">It can't be started.</exception>
    internal async Task ReviveAsync(CancellationToken cancellationToken)
    {
        if (PostmasterProcess.FindRunning(_paths) is not null)
            return;
        using var startLock = await FileLock.ExclusiveAsync(_paths.StartLock, _options.StartTimeout, cancellationToken).ConfigureAwait(false);
        // Another process that uses it may have been quicker.
        if (PostmasterProcess.FindRunning(_paths) is not null)
            return;
        LogEnded(_paths.Root);
        await StartLockedAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Leaves the cluster and stops it when no other process of this kind uses it. Connections of this process are to be closed before.
    /// </summary>
    /// <returns>True when it was stopped.</returns>
    public async Task<bool> StopIfUnusedAsync(CancellationToken cancellationToken = default)
    {
        using var startLock = await FileLock.ExclusiveAsync(_paths.StartLock, _options.StartTimeout, cancellationToken).ConfigureAwait(false);
        _clientLock?.Dispose();
        _clientLock = null;
        using var alone = FileLock.TryExclusive(_paths.ClientsLock);
        if (alone is null)
        {
            LogLeft(_paths.Root);
            return false;
        }
        if (PostmasterProcess.FindRunning(_paths) is null)
            return false;
        var seconds = (int)_options.StopTimeout.TotalSeconds;
        var (exitCode, output) = await _command.RunAsync(
            [_binaries.PgCtl, "stop", "-D", _paths.Cluster, "-m", "fast", "-w", "-t", $"{seconds}"],
            _options.StopTimeout + TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            throw new EmbeddedPostgresException($"PostgreSQL in {_paths.Root} did not stop: {output}", $"See {_paths.Logs}.");
        if (!_paths.SocketFolder.StartsWith(_paths.Root, StringComparison.Ordinal))
            Directory.Delete(_paths.SocketFolder, recursive: true);
        LogStopped(_paths.Root);
        return true;
    }

    /// <summary>Leaves the cluster running; <see cref="StopIfUnusedAsync"/> is the orderly end.</summary>
    public ValueTask DisposeAsync()
    {
        _clientLock?.Dispose();
        _clientLock = null;
        return ValueTask.CompletedTask;
    }

    private string Connect(string user, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _paths.SocketFolder,
        Port = ClusterPaths.Port,
        Username = user,
        Database = database,
        // A unix socket to this machine: either the server is there or it isn't.
        Timeout = 15,
    }.ConnectionString;

    private static void CreateFolder(string folder)
    {
        try
        {
            // PostgreSQL's user has to pass through to its own folders when we are root; nobody else sees more than their names.
            var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            if (Environment.IsPrivilegedProcess)
                mode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            if (!Directory.Exists(folder))
            {
                if (Path.GetDirectoryName(folder) is { } parent)
                    Directory.CreateDirectory(parent);
                Directory.CreateDirectory(folder, mode);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"The data folder {folder} can't be made: {e.Message}", "Choose a folder that this user may write to.", e);
        }
    }

    private static string RealPath(string folder)
    {
        // PATH_MAX of Linux.
        var buffer = new byte[4096];
        if (realpath(folder, buffer) == IntPtr.Zero)
            throw new EmbeddedPostgresException($"The data folder {folder} can't be opened: {Marshal.GetLastPInvokeErrorMessage()}.", "Choose another one.");
        return System.Text.Encoding.UTF8.GetString(buffer, 0, Array.IndexOf(buffer, (byte)0));
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern IntPtr realpath([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] resolved);
}
