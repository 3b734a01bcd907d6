namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>Waiting for what another process is about to reach, with a limit that only a broken program reaches: shorter than the time after which ./test ends a run that hangs.</summary>
internal static class Waiting
{
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(270);

    /// <param name="atMost">Shorter than <see cref="Limit"/> where something else would come about by then.</param>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? atMost = null)
    {
        var time = atMost ?? Limit;
        using var limit = new CancellationTokenSource(time);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not within {time}: {what()}");
            }
        }
    }
}
