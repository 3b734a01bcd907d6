using System.Security.Cryptography;
using System.Text;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>
/// The files of one private cluster. The data folder itself belongs to the user of this program; PostgreSQL's user owns only the three
/// folders below it, each with mode 0700, so that nobody else can reach the socket or the data.
/// </summary>
internal sealed class ClusterPaths
{
    /// <summary>sockaddr_un.sun_path holds 108 bytes including the final zero.</summary>
    public const int MaxSocketPathBytes = 107;

    /// <summary>Only part of the socket's name: no TCP port is opened.</summary>
    public const int Port = 5432;

    private const string SocketName = ".s.PGSQL.5432";

    public ClusterPaths(string dataFolder)
    {
        Root = dataFolder;
        SocketFolder = ChooseSocketFolder(dataFolder);
    }

    public string Root { get; }

    public string SocketFolder { get; }

    public string Cluster => Path.Combine(Root, "cluster");

    public string Logs => Path.Combine(Root, "log");

    public string StartupLog => Path.Combine(Logs, "startup.log");

    public string VersionFile => Path.Combine(Cluster, "PG_VERSION");

    public string PidFile => Path.Combine(Cluster, "postmaster.pid");

    /// <summary>Locked exclusively while somebody starts or stops the cluster.</summary>
    public string StartLock => Path.Combine(Root, "start.lock");

    /// <summary>Locked shared by every process that uses the cluster: the kernel drops the lock whatever the process dies of.</summary>
    public string ClientsLock => Path.Combine(Root, "clients.lock");

    private static string ChooseSocketFolder(string dataFolder)
    {
        var beside = Path.Combine(dataFolder, "run");
        if (Fits(beside))
            return beside;
        var shared = Environment.IsPrivilegedProcess ? "/run" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (!string.IsNullOrEmpty(shared))
        {
            var name = "uvlm-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)).AsSpan(0, 6));
            var elsewhere = Path.Combine(shared, name);
            if (Fits(elsewhere))
                return elsewhere;
        }
        throw new EmbeddedPostgresException(
            $"The data folder's path is too long for a unix socket: {Path.Combine(beside, SocketName)} has more than {MaxSocketPathBytes} bytes.",
            "Choose a shorter data folder.");
    }

    private static bool Fits(string folder) => Encoding.UTF8.GetByteCount(Path.Combine(folder, SocketName)) <= MaxSocketPathBytes;
}
