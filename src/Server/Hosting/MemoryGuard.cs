using System.Runtime;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Hosting;

/// <summary>
/// Gives memory back that is free but not the system's yet, managed and native, when the process comes near its limit. The budgets bound what is in use;
/// this bounds what garbage and free pieces add to it.
/// </summary>
internal sealed class MemoryGuard : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks between two collections: where nothing is free they only cost.</summary>
    private const int Rest = 20;

    private readonly ITimer timer;
    private int looksToRest;

    /// <param name="mark">Bytes of resident memory from which on it acts.</param>
    public MemoryGuard(long mark, TimeProvider time)
    {
        timer = time.CreateTimer(_ => Check(mark), null, Look, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => timer.Dispose();

    private void Check(long mark)
    {
        if (looksToRest > 0)
        {
            looksToRest--;
        }
        else if (ProcessMemory.Resident > mark)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            torch.memory.trim();
            looksToRest = Rest;
        }

        timer.Change(Look, Timeout.InfiniteTimeSpan);
    }
}
