using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Data;

/// <summary>Repeats what failed for a passing reason, with exponential back-off and full jitter so that nodes don't come back in step.</summary>
/// <param name="window">How long to go on; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
internal sealed partial class RetryPolicy(TimeSpan window, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>
    /// An attempt that was cancelled has so long to end: a COMMIT may come to its end, Npgsql itself waits 2 s for the server's answer to a cancellation.
    /// </summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    public async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await AttemptAsync(what, action, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (TransientErrors.IsTransient(e) && !cancellationToken.IsCancellationRequested
                && (window == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(started) < window))
            {
                var ceiling = Math.Min(FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)), LongestDelay.TotalMilliseconds);
                var delay = TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * ceiling);
                LogRetry(e, what, attempt + 1, delay.TotalMilliseconds);
                await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Whoever cancels is not held up by the database: a COMMIT is not cancelled but waited for, and Npgsql asks the server for a cancellation on the very thread
    /// that cancels the token, and waits there for the server to hang up. One that takes connections and says nothing would hold both up.
    /// </summary>
    private async Task<T> AttemptAsync<T>(string what, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return await action(cancellationToken).ConfigureAwait(false);
        // Has neither timer nor wait handle, so there is nothing to dispose of; an attempt that is left behind keeps its token.
        var own = new CancellationTokenSource();
        await using var registration = cancellationToken.UnsafeRegister(static source => _ = ((CancellationTokenSource)source!).CancelAsync(), own).ConfigureAwait(false);
        var attempt = action(own.Token);
        try
        {
            return await attempt.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            try
            {
                return await attempt.WaitAsync(EndLimit, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // In the last moment, with whatever came of it.
                if (attempt.IsCompleted)
                    return await attempt.ConfigureAwait(false);
                _ = attempt.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                LogLeftBehind(what, EndLimit);
                throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    [LoggerMessage(3101, LogLevel.Warning, "{What} was cancelled and has not ended within {Limit}, because the database does not answer; it is left to end by itself")]
    private partial void LogLeftBehind(string what, TimeSpan limit);

    [LoggerMessage(3100, LogLevel.Warning, "{What} failed for a passing reason (attempt {Attempt}); again in {Delay:F0} ms")]
    private partial void LogRetry(Exception error, string what, int attempt, double delay);
}
