using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>Renews a lease until it is disposed of, and gives it up then, as far as the database lets us; else it expires by itself.</summary>
public sealed partial class LeaseKeeper : IAsyncDisposable
{
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    private readonly ILeaseStore _leases;
    private readonly TimeSpan _lifetime;
    private readonly bool _endsUnheard;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;

    /// <param name="lifetime">What each renewal asks for; a third of it lies between two of them.</param>
    /// <param name="endsUnheard">Whether the lease counts as lost once its time has passed without a word from the database. Work that checks the lease wherever it writes may wait instead.</param>
    internal LeaseKeeper(ILeaseStore leases, Lease lease, TimeSpan lifetime, bool endsUnheard, ILogger logger, TimeProvider time)
    {
        (_leases, Lease, _lifetime, _endsUnheard, _logger, _time) = (leases, lease, lifetime, endsUnheard, logger, time);
        _renewing = Task.Run(RenewAsync);
    }

    public Lease Lease { get; }

    /// <summary>Cancelled when another has the lease, or may have it.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Gives the lease up. Ends in time, also where the database does not answer.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(ReleaseTime, _time);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        try
        {
            await _leases.ReleaseAsync(Lease, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogNotRenewed(Lease.Name, error.Message);
        }
        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync()
    {
        var renewed = _time.GetTimestamp();
        using var timer = new PeriodicTimer(_lifetime / 3, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                var asked = _time.GetTimestamp();
                try
                {
                    // A renewal that is not answered in its time is of no use.
                    using var silent = new CancellationTokenSource(_lifetime, _time);
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, silent.Token);
                    if (!await _leases.RenewAsync(Lease, _lifetime, limit.Token).ConfigureAwait(false))
                        break;
                    renewed = asked;
                }
                catch (Exception error) when (error is not OperationCanceledException || !_stop.IsCancellationRequested)
                {
                    LogNotRenewed(Lease.Name, error.Message);
                    if (_endsUnheard && _time.GetElapsedTime(renewed) > _lifetime)
                        break;
                }
            }
            await _lost.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The work has ended.
        }
    }

    [LoggerMessage(3412, LogLevel.Warning, "The lease {Lease} could not be renewed or given up, it expires by itself: {Reason}")]
    private partial void LogNotRenewed(string lease, string reason);
}
