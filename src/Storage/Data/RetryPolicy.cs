using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Data;

/// <summary>Repeats what failed for a passing reason, with exponential back-off and full jitter so that nodes don't come back in step.</summary>
/// <param name="sources">Their connections are given up where they lead to a server that does not write any more.</param>
/// <param name="window">How long to go on; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
internal sealed partial class RetryPolicy(DataSources sources, TimeSpan window, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly BoundedCalls _calls = new(logger);

    public async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await _calls.RunAsync(what, action, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (TransientErrors.IsTransient(e) && !cancellationToken.IsCancellationRequested
                && (window == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(started) < window))
            {
                if (TransientErrors.IsReadOnly(e))
                    sources.Clear();
                var ceiling = Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)), LongestDelay.TotalMilliseconds);
                var delay = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * ceiling);
                LogRetry(e, what, attempt + 1, delay.TotalMilliseconds);
                await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(3100, LogLevel.Warning, "{What} failed for a passing reason (attempt {Attempt}); again in {Delay:F0} ms")]
    private partial void LogRetry(Exception error, string what, int attempt, double delay);
}
