using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Care.Retention;

/// <summary>
/// Removes in the background what is older than it is to be kept. Every serving node has one; the database says whose turn it is. Nothing that goes wrong with it
/// ends anything: it is tried again at the next look.
/// </summary>
public sealed partial class RetentionKeeper : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly DataSources _sources;
    private readonly StoreOptions _store;
    private readonly ILogger _logger;
    private readonly Task _running;

    internal RetentionKeeper(DataSources sources, StoreOptions store, RetentionOptions options, ILogger<RetentionKeeper> logger)
    {
        _sources = sources;
        _store = store;
        _logger = logger;
        Options = options;
        _running = Task.Run(RunAsync);
    }

    public RetentionOptions Options { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>One look at every rule.</summary>
    /// <returns>Rows removed.</returns>
    internal static async Task<long> ApplyAsync(DataSources sources, StoreOptions store, RetentionOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var total = 0L;
        foreach (var rule in Enum.GetValues<RetentionRule>())
        {
            if (options.Keep(rule) is not { } keep)
                continue;
            var removed = await new RetentionPass(sources, store, options, rule, keep).RunAsync(cancellationToken).ConfigureAwait(false) ?? 0;
            if (removed > 0)
                LogRemoved(logger, removed, rule, keep);
            total += removed;
        }
        return total;
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ApplyAsync(_sources, _store, Options, _logger, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                LogFailed(e, Options.CheckInterval);
            }
            catch (Exception e)
            {
                LogStopped(e.Message);
            }
            await Task.Delay(Options.CheckInterval, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3720, LogLevel.Information, "Removed {Count} rows under the rule {Rule}: they are kept for {Keep}")]
    private static partial void LogRemoved(ILogger logger, long count, RetentionRule rule, TimeSpan keep);

    [LoggerMessage(3721, LogLevel.Warning, "What is old could not be removed; again in {Wait}")]
    private partial void LogFailed(Exception error, TimeSpan wait);

    [LoggerMessage(3722, LogLevel.Debug, "Removing what is old has stopped: {Reason}")]
    private partial void LogStopped(string reason);
}
