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
            _ = WatchAsync(linked);
        return linked;
    }

    private static async Task WatchAsync(CancellationTokenSource stop)
    {
        await using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (await input.ReadAsync(buffer, stop.Token).ConfigureAwait(false) > 0)
        {
        }

        await stop.CancelAsync().ConfigureAwait(false);
    }
}
