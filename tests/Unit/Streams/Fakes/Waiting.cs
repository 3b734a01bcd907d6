namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Waiting for conditions, with a limit that only a broken program reaches.</summary>
public static class Waiting
{
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Looks at a condition that has no event of its own until it holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not within {Limit}: {what}");
            }
        }
    }
}
