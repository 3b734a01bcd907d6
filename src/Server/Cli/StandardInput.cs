using System.CommandLine;

namespace UnifiedVlm.Server.Cli;

/// <summary>Ends a server together with whoever started it: its standard input is a pipe that closes even when the parent is killed.</summary>
internal static class StandardInput
{
    public static Option<bool> CreateOption() => new("--until-stdin-closes") { Description = "Stop when standard input ends, for a parent process that must not leave orphans" };

    /// <returns>A source that is cancelled with <paramref name="cancellationToken"/> and, if asked for, at the end of standard input.</returns>
    public static CancellationTokenSource Link(bool untilStdinCloses, CancellationToken cancellationToken)
    {
        var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (untilStdinCloses)
            new Thread(() => Watch(linked)) { IsBackground = true, Name = "standard input" }.Start();
        return linked;
    }

    /// <summary>On a thread of its own: reading standard input has no asynchronous way, and would keep one of the pool's for as long as the process lives.</summary>
    private static void Watch(CancellationTokenSource stop)
    {
        try
        {
            using var input = Console.OpenStandardInput();
            Span<byte> buffer = stackalloc byte[256];
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A terminal that is gone: an end as well.
        }

        try
        {
            stop.Cancel();
        }
        catch (Exception error) when (error is ObjectDisposedException or AggregateException)
        {
            // The server has ended before its parent did; what it could not stop, it has logged.
        }
    }
}
