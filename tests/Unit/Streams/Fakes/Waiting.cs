namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Waiting for conditions, with a limit that only a broken program reaches.</summary>
public static class Waiting
{
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Looks at a condition that has no event of its own until it holds.</summary>
    /// <param name="state">Said where it does not come: what those are doing who were to bring it about.</param>
    public static async Task UntilAsync(Func<bool> condition, string what, Func<string>? state = null)
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
                throw NotWithin(what, state);
            }
        }
    }

    /// <summary>The same of a task.</summary>
    public static async Task ForAsync(Task end, string what, Func<string>? state = null)
    {
        if (await Task.WhenAny(end, Task.Delay(Limit)) != end)
            throw NotWithin(what, state);
        await end;
    }

    private static TimeoutException NotWithin(string what, Func<string>? state) => new($"Not within {Limit}: {what}\n{state?.Invoke()}".TrimEnd());
}
