using System.Globalization;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>
/// Tells a running server from the remains of one. <c>postmaster.pid</c> alone can't: after a power loss its number may belong to any
/// process. Every process of a server has the cluster folder as its working directory, and that can be looked up.
/// </summary>
internal static class PostmasterProcess
{
    // FOLDER, a tab, /proc/PID/cwd; of others' processes it sees no folder, and says so.
    private static readonly string[] ListFolders = ["find", "/proc", "-maxdepth", "2", "-name", "cwd", "-printf", "%l\\t%p\\n"];

    private const int SigQuit = 3;
    private const int OwnerGone = 3; // ESRCH

    /// <summary>The process that <c>postmaster.pid</c> names, if it is alive and serves this very cluster.</summary>
    /// <param name="folderOf">A process's working directory; null where it can't be seen.</param>
    public static int? FindRunning(ClusterPaths paths, Func<int, string?>? folderOf = null)
    {
        if (ReadPid(paths) is not { } pid)
            return null;
        // Root in a container may not look into another user's process (it lacks CAP_SYS_PTRACE); what a process was started with is for everybody to read.
        var serves = (folderOf ?? FolderOf)(pid) is { } folder ? Same(folder, paths.Cluster) : WasStartedFor(pid, paths.Cluster);
        return serves ? pid : null;
    }

    public static int? ReadPid(ClusterPaths paths)
    {
        try
        {
            var first = File.ReadLines(paths.PidFile).FirstOrDefault();
            return int.TryParse(first, NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Processes of this cluster whose postmaster is gone: they still map its shared memory and would block a new start.</summary>
    /// <param name="owner">Asked where this program may not look.</param>
    /// <param name="folderOf">As above.</param>
    public static async Task<IReadOnlyList<int>> FindAllAsync(ClusterPaths paths, PostgresCommand owner, TimeSpan timeout, CancellationToken cancellationToken, Func<int, string?>? folderOf = null)
    {
        var found = new List<int>();
        var isBlind = false;
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            var folder = (folderOf ?? FolderOf)(pid);
            isBlind |= folder is null && Environment.IsPrivilegedProcess && IsAlive(pid);
            if (folder is not null && Same(folder, paths.Cluster))
                found.Add(pid);
        }
        if (!isBlind)
            return found;
        var (_, listed) = await owner.RunAsync(ListFolders, timeout, cancellationToken).ConfigureAwait(false);
        return [.. listed.Split('\n').Select(static line => line.Split('\t')).Where(line => line.Length == 2 && Same(line[0], paths.Cluster))
            .Select(static line => int.Parse(line[1].Split('/')[2], CultureInfo.InvariantCulture)).Union(found)];
    }

    public static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}");

    /// <summary>Ends an orphaned backend at once; the start that follows recovers from the log as after a crash.</summary>
    public static void Quit(int pid)
    {
        if (kill(pid, SigQuit) != 0 && Marshal.GetLastPInvokeError() != OwnerGone)
        {
            throw new EmbeddedPostgresException(
                $"Process {pid} of a PostgreSQL whose main process is gone can't be ended ({Marshal.GetLastPInvokeErrorMessage()}).", "End it by hand and start again.");
        }
    }

    private static string? FolderOf(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended in between, or not to be looked into.
            return null;
        }
    }

    private static bool Same(string folder, string other) => string.Equals(folder.TrimEnd('/'), other.TrimEnd('/'), StringComparison.Ordinal);

    /// <summary>As <c>pg_ctl</c> starts it: postgres -D FOLDER. Its children have other titles.</summary>
    private static bool WasStartedFor(int pid, string cluster)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return Path.GetFileName(words[0]) == "postgres" && words.Zip(words.Skip(1)).Any(pair => pair.First == "-D" && Same(pair.Second, cluster));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
