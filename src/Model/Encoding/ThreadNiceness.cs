using System.Runtime.InteropServices;

namespace UnifiedVlm.Model.Encoding;

/// <summary>The scheduler's priority of a thread. .NET has one of its own, which does nothing on Linux.</summary>
internal static partial class ThreadNiceness
{
    private const int Steps = 10;

    /// <summary>
    /// Lets others go before the calling thread for good: who answers a query (PostgreSQL, the HTTP server) waits for a core where ingestion has all of
    /// them. From what the process was started with; on Linux it is the thread's alone.
    /// </summary>
    public static void Lower() => _ = nice(Steps);

    [LibraryImport("libc")]
    private static partial int nice(int increment);
}
