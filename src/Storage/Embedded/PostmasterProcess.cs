using System.Globalization;
using System.Runtime.InteropServices;

namespace UnifiedVlm.Storage.Embedded;

/// <summary>
/// Tells a running server from the remains of one. <c>postmaster.pid</c> alone can't: after a power loss its number may belong to any
/// process. Every process of a server has the cluster folder as its working directory, and that can be looked up.
/// </summary>
internal static class PostmasterProcess
{
    private const int SigQuit = 3;
    private const int OwnerGone = 3; // ESRCH

    /// <summary>The process that <c>postmaster.pid</c> names, if it is alive and serves this very cluster.</summary>
    public static int? FindRunning(ClusterPaths paths) => ReadPid(paths) is { } pid && WorksIn(pid, paths.Cluster) ? pid : null;

    public static int? ReadPid(ClusterPaths paths)
    {
        if (!File.Exists(paths.PidFile))
            return null;
        var first = File.ReadLines(paths.PidFile).FirstOrDefault();
        return int.TryParse(first, NumberStyles.Integer, CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }

    /// <summary>Processes of this cluster whose postmaster is gone: they still map its shared memory and would block a new start.</summary>
    public static IReadOnlyList<int> FindAll(ClusterPaths paths)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && WorksIn(pid, paths.Cluster))
                found.Add(pid);
        }
        return found;
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

    private static bool WorksIn(int pid, string folder)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/cwd").LinkTarget is { } target
                && string.Equals(target.TrimEnd('/'), folder.TrimEnd('/'), StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended in between, or another user's process: not one of ours either way.
            return false;
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
