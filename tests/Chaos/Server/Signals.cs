using System.Runtime.InteropServices;

namespace UnifiedVlm.Chaos.Server;

/// <summary>Signals to processes that are not our children: PostgreSQL's.</summary>
internal static partial class Signals
{
    // Numbers of x86-64 and arm64 Linux.
    private const int SigInt = 2;
    private const int SigKill = 9;

    /// <summary>To a postmaster: end all sessions and stop, orderly.</summary>
    public static void Interrupt(int process) => Send(process, SigInt);

    public static void Kill(int process) => Send(process, SigKill);

    private static void Send(int process, int signal)
    {
        if (SendSignal(process, signal) != 0)
            throw new InvalidOperationException($"Process {process} can't be signalled: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
