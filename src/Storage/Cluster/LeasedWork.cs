using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// Work that one node at a time does, from taking its lease until that is lost or this is disposed of. What fails ends nothing: the lease is given up, so that another may
/// try, and after a while it is taken again.
/// </summary>
public sealed partial class LeasedWork : IAsyncDisposable
{
    private readonly LeaseStore _leases;
    private readonly string _name;
    private readonly string _owner;
    private readonly LeasedWorkOptions _options;
    private readonly Func<Lease, CancellationToken, Task> _work;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="name">Of the lease.</param>
    /// <param name="owner">Who takes it.</param>
    /// <param name="work">Runs until its token ends; it has to check the lease wherever it writes.</param>
    public LeasedWork(
        LeaseStore leases, string name, string owner, LeasedWorkOptions options, Func<Lease, CancellationToken, Task> work, ILogger<LeasedWork> logger, TimeProvider time)
    {
        (_leases, _name, _owner, _options, _work, _logger, _time) = (leases, name, owner, options, work, logger, time);
        _running = Task.Run(RunAsync);
    }

    /// <summary>Ends the work and gives the lease up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var wait = _options.Interval;
        while (!_stop.IsCancellationRequested)
        {
            var began = _time.GetTimestamp();
            try
            {
                if (await _leases.TryTakeAsync(_name, _owner, _options.Lifetime, _stop.Token).ConfigureAwait(false) is { } lease)
                    await HoldAsync(lease).ConfigureAwait(false);
                wait = _options.Interval;
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is LeaseLostException or OperationCanceledException)
            {
                LogLost(_name);
            }
            catch (Exception error)
            {
                if (_time.GetElapsedTime(began) > _options.Recovery)
                    wait = _options.Interval;
                LogFailed(error, _name, wait);
                await DelayAsync(wait).ConfigureAwait(false);
                wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, _options.LongestWait.Ticks));
                continue;
            }
            await DelayAsync(_options.Interval).ConfigureAwait(false);
        }
    }

    private async Task HoldAsync(Lease lease)
    {
        await using var keeper = new LeaseKeeper(_leases, lease, _options.Lifetime, endsUnheard: true, _logger, _time);
        using var held = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, keeper.Lost);
        await _work(lease, held.Token).ConfigureAwait(false);
    }

    private Task DelayAsync(TimeSpan wait) => Task.Delay(wait, _time, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);

    [LoggerMessage(3410, LogLevel.Information, "The lease {Lease} is another's now")]
    private partial void LogLost(string lease);

    [LoggerMessage(3411, LogLevel.Warning, "The work under the lease {Lease} failed; again in {Wait}")]
    private partial void LogFailed(Exception error, string lease, TimeSpan wait);
}
