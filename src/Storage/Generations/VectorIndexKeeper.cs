using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Generations;

/// <summary>Looks from time to time whether an index is due. Nothing that goes wrong with it ends anything: searches are exact until it is there.</summary>
internal sealed partial class VectorIndexKeeper : IAsyncDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly VectorIndexBuilder _builder;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly Task _running;

    public VectorIndexKeeper(VectorIndexBuilder builder, TimeSpan interval, ILogger<VectorIndexKeeper> logger)
    {
        _builder = builder;
        _interval = interval;
        _logger = logger;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Cancels a build that is under way; the next keeper begins it anew.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var wait = _interval;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _builder.BuildIfDueAsync(_stop.Token).ConfigureAwait(false);
                wait = _interval;
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                // A build that fails for lack of disk would fail as soon as it has cost as much again.
                wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks));
                LogFailed(e, wait.TotalSeconds);
            }
            catch (Exception e)
            {
                LogStopped(e.Message);
            }
            await Task.Delay(wait, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3320, LogLevel.Warning, "The vector index could not be looked after; again in {Seconds:F0} s")]
    private partial void LogFailed(Exception error, double seconds);

    [LoggerMessage(3321, LogLevel.Debug, "The vector index is left alone: {Reason}")]
    private partial void LogStopped(string reason);
}
