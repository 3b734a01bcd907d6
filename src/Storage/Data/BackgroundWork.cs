using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Data;

/// <summary>
/// Work of the store's own that is done again and again until it is disposed of, at once to begin with. Nothing that goes wrong with it ends anything: it is
/// logged and tried again, after twice as long each time up to a limit, since what fails for lack of disk would fail as soon as it has cost as much again.
/// </summary>
internal sealed partial class BackgroundWork : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly BoundedCalls _calls;
    private readonly Task _running;

    /// <param name="what">A noun for the log.</param>
    /// <param name="interval">Between the end of one and the beginning of the next.</param>
    public BackgroundWork(string what, Func<CancellationToken, Task> work, TimeSpan interval, ILogger logger)
    {
        (_logger, _calls) = (logger, new BoundedCalls(logger));
        _running = Task.Run(() => RunAsync(what, work, interval));
    }

    /// <summary>Breaks off what is under way; a server that does not answer holds it up for no longer than any call.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(string what, Func<CancellationToken, Task> work, TimeSpan interval)
    {
        var wait = interval;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _calls.RunAsync($"The {what}", work, _stop.Token).ConfigureAwait(false);
                wait = interval;
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                wait = interval > LongestWait ? interval : TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks));
                LogFailed(e, what, wait);
            }
            catch (Exception e)
            {
                LogStopped(what, e.Message);
            }
            await Task.Delay(wait, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3320, LogLevel.Warning, "The {Work} failed; again in {Wait}")]
    private partial void LogFailed(Exception error, string work, TimeSpan wait);

    [LoggerMessage(3321, LogLevel.Debug, "The {Work} has stopped: {Reason}")]
    private partial void LogStopped(string work, string reason);
}
