using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Generations.Filling;

/// <summary>The right to fill a generation, renewed until it is disposed of. One program fills at a time, or documents would be encoded twice.</summary>
internal sealed partial class FillLease : IAsyncDisposable
{
    /// <summary>Without renewal for so long another may have it: what a program that comes after a killed one waits.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly LeaseStore _leases;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;

    private FillLease(LeaseStore leases, Lease lease, ILogger logger)
    {
        (_leases, Lease, _logger) = (leases, lease, logger);
        _renewing = Task.Run(RenewAsync);
    }

    public Lease Lease { get; }

    /// <summary>Cancelled when another has taken it.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <returns>Null: another has it.</returns>
    public static async Task<FillLease?> TryTakeAsync(LeaseStore leases, int generation, string owner, ILogger logger, CancellationToken cancellationToken)
    {
        var lease = await leases.TryTakeAsync(GenerationTables.For("index-fill:{g}", generation), owner, Lifetime, cancellationToken).ConfigureAwait(false);
        return lease is null ? null : new FillLease(leases, lease, logger);
    }

    /// <summary>Lets the next one have it, as far as the database lets us; else it expires.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        try
        {
            using var limit = new CancellationTokenSource(Lifetime);
            await _leases.ReleaseAsync(Lease, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (TransientErrors.IsTransient(error) || error is OperationCanceledException)
        {
            LogKept(Lease.Name, error.Message);
        }
        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    if (!await _leases.RenewAsync(Lease, Lifetime, _stop.Token).ConfigureAwait(false))
                    {
                        await _lost.CancelAsync().ConfigureAwait(false);
                        return;
                    }
                }
                catch (Exception error) when (TransientErrors.IsTransient(error))
                {
                    // Whatever is written checks the lease itself.
                    LogNotRenewed(Lease.Name, error.Message);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    [LoggerMessage(3330, LogLevel.Warning, "The lease {Lease} could not be renewed: {Reason}")]
    private partial void LogNotRenewed(string lease, string reason);

    [LoggerMessage(3331, LogLevel.Debug, "The lease {Lease} could not be given up, it expires: {Reason}")]
    private partial void LogKept(string lease, string reason);
}
