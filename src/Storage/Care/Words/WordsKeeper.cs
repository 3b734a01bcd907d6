using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Care.Words;

/// <summary>Looks from time to time for words that are to be made anew; nodes of the version before may still write some. One that fails costs nothing but words found later.</summary>
internal sealed partial class WordsKeeper : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private readonly Task _running;

    public WordsKeeper(WordsUpgrade upgrade, TimeSpan interval, ILogger<WordsKeeper> logger)
    {
        _logger = logger;
        _running = Task.Run(() => RunAsync(upgrade, interval));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(WordsUpgrade upgrade, TimeSpan interval)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await upgrade.RunAsync(_stop.Token).ConfigureAwait(false) is var done and > 0)
                    LogDone(done);
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

    [LoggerMessage(3730, LogLevel.Information, "Made the words of {Count} documents anew, with their languages and bigrams")]
    private partial void LogDone(long count);

    [LoggerMessage(3731, LogLevel.Warning, "Words could not be made anew; again in {Minutes:F0} min")]
    private partial void LogFailed(Exception error, double minutes);

    [LoggerMessage(3732, LogLevel.Debug, "Making words anew was broken off: {Reason}")]
    private partial void LogStopped(string reason);
}
