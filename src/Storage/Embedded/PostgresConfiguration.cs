using System.Globalization;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>The settings of the private cluster, written anew at every start because the machine may have changed.</summary>
internal static class PostgresConfiguration
{
    public const string FileName = "uvlm.conf";
    public const string AdminUser = "uvlm_admin";
    public const string User = "uvlm";
    public const string Database = "uvlm";
    private const long MiB = 1L << 20;

    public static string Settings(ClusterPaths paths, long memoryBytes)
    {
        // An eighth: the model's weights and the decoded pictures share this machine, and the page cache holds the rest of the index.
        var sharedBuffers = Math.Clamp(memoryBytes / 8, 128 * MiB, 8192 * MiB) / MiB;
        var maintenance = Math.Clamp(memoryBytes / 32, 64 * MiB, 1024 * MiB) / MiB;
        var cache = Math.Max(memoryBytes / 2, 256 * MiB) / MiB;
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Written by uvlm at every start; changes are lost. Put your own into postgresql.conf after the include line.
            listen_addresses = ''
            port = {ClusterPaths.Port}
            unix_socket_directories = '{Quote(paths.SocketFolder)}'
            unix_socket_permissions = 0700
            max_connections = 200
            shared_buffers = {sharedBuffers}MB
            effective_cache_size = {cache}MB
            maintenance_work_mem = {maintenance}MB
            work_mem = 16MB
            max_wal_size = 2GB
            min_wal_size = 128MB
            wal_compression = on
            fsync = on
            full_page_writes = on
            synchronous_commit = on
            checkpoint_completion_target = 0.9
            random_page_cost = 1.1
            jit = off
            # A client that is stopped in mid-transaction must not hold back vacuum without end.
            idle_in_transaction_session_timeout = 10min
            logging_collector = on
            log_directory = '{Quote(paths.Logs)}'
            log_filename = 'postgresql-%a.log'
            log_rotation_age = 1d
            log_truncate_on_rotation = on
            log_checkpoints = off
            log_line_prefix = '%m [%p] %a '
            cluster_name = 'uvlm'

            """);
    }

    /// <summary>Who may connect: the kernel tells the server the peer's user id, so there is no password to keep.</summary>
    public static string HostBasedAuthentication => """
        # Written by uvlm. Unix socket only, in a folder with mode 0700; see pg_ident.conf.
        local all all peer map=uvlm

        """;

    public static string IdentityMap(string owner, string operatingUser)
    {
        var lines = new[] { owner, operatingUser, "root" }.Distinct(StringComparer.Ordinal)
            .SelectMany(u => new[] { $"uvlm \"{u}\" {AdminUser}", $"uvlm \"{u}\" {User}" });
        return "# Written by uvlm: system user -> database user.\n" + string.Join('\n', lines) + "\n";
    }

    private static string Quote(string value) => value.Replace("'", "''", StringComparison.Ordinal);
}
