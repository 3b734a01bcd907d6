using System.Runtime.InteropServices;

namespace UnifiedVlm.Model.Encoding;

/// <summary>The scheduler's priority of a thread. .NET has one of its own, which does nothing on Linux.</summary>
internal static partial class ThreadNiceness
{
    private const int OfProcess = 0;
    private const int CallingThread = 0;
    private const int Lowered = 10;

    /// <summary>
    /// Lets others go before the calling thread for good: who answers a query (PostgreSQL, the HTTP server) waits for a core where ingestion has all of
    /// them. A thread that can't be lowered runs on as it is.
    /// </summary>
    public static void Lower() => _ = setpriority(OfProcess, CallingThread, Lowered);

    [LibraryImport("libc")]
    private static partial int setpriority(int which, int who, int priority);
}
