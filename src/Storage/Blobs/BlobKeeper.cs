using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Blobs;

/// <summary>Sweeps from time to time, at once to begin with. A sweep that fails costs nothing but room: the next one does its work.</summary>
internal sealed partial class BlobKeeper : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly Task _running;

    /// <param name="keep">How long a picture that no document refers to stays after it last came.</param>
    public BlobKeeper(BlobSweep sweep, TimeSpan keep, TimeSpan interval, ILogger<BlobKeeper> logger)
    {
        _logger = logger;
        _running = Task.Run(() => RunAsync(sweep, keep, interval));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(BlobSweep sweep, TimeSpan keep, TimeSpan interval)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await sweep.RunAsync(keep, _stop.Token).ConfigureAwait(false) is var removed and > 0)
                    LogRemoved(removed, keep.TotalHours);
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                LogFailed(e, interval.TotalMinutes);
            }
            catch (Exception e)
            {
                LogStopped(e.Message);
            }
            await Task.Delay(interval, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3800, LogLevel.Information, "Removed {Count} pictures that no document refers to and that last came more than {Hours:F0} h ago")]
    private partial void LogRemoved(long count, double hours);

    [LoggerMessage(3801, LogLevel.Warning, "Pictures that no document refers to could not be removed; again in {Minutes:F0} min")]
    private partial void LogFailed(Exception error, double minutes);

    [LoggerMessage(3802, LogLevel.Debug, "The sweep of pictures was broken off: {Reason}")]
    private partial void LogStopped(string reason);
}
