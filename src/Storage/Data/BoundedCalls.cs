using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Data;

/// <summary>
/// Calls that whoever cancels them is not held up by: a COMMIT is not cancelled but waited for, and Npgsql asks the server for a cancellation on the very thread that
/// cancels the token, and waits there for the server to hang up. One that takes connections and says nothing would hold both up. What such a call has sent may count
/// or not, so every write among them has to be right in either case.
/// </summary>
internal sealed partial class BoundedCalls(ILogger logger)
{
    /// <summary>
    /// A call that was cancelled has so long to end: a COMMIT may come to its end, Npgsql itself waits 2 s for the server's answer to a cancellation.
    /// </summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    /// <param name="what">For the log.</param>
    public async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
            return await call(cancellationToken).ConfigureAwait(false);
        // Has neither timer nor wait handle, so there is nothing to dispose of; a call that is left behind keeps its token.
        var own = new CancellationTokenSource();
        await using var registration = cancellationToken.UnsafeRegister(static source => _ = ((CancellationTokenSource)source!).CancelAsync(), own).ConfigureAwait(false);
        var running = call(own.Token);
        try
        {
            return await running.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            try
            {
                return await running.WaitAsync(EndLimit, CancellationToken.None).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // In the last moment, with whatever came of it.
                if (running.IsCompleted)
                    return await running.ConfigureAwait(false);
                _ = running.ContinueWith(static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                LogLeftBehind(what, EndLimit);
                throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    /// <param name="what">For the log.</param>
    public Task RunAsync(string what, Func<CancellationToken, Task> call, CancellationToken cancellationToken) => RunAsync(
        what,
        async token =>
        {
            await call(token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    [LoggerMessage(3101, LogLevel.Warning, "{What} was cancelled and has not ended within {Limit}, because the database does not answer; it is left to end by itself")]
    private partial void LogLeftBehind(string what, TimeSpan limit);
}
