using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// Takes leases for one owner who waits until he has them, and whose work is fenced wherever it writes, so that silence of the database alone ends nothing: what he has in
/// hand is still his if nobody else took the lease meanwhile.
/// </summary>
public sealed partial class LeaseTaker
{
    private readonly ILeaseStore _leases;
    private readonly string _owner;
    private readonly LeasedWorkOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    public LeaseTaker(ILeaseStore leases, string owner, LeasedWorkOptions options, ILogger logger, TimeProvider time)
        => (_leases, _owner, _options, _logger, _time) = (leases, owner, options, logger, time);

    /// <summary>Waits while another has the lease or the database is away.</summary>
    /// <returns>Renews it until it is disposed of, which gives it up.</returns>
    public async Task<LeaseKeeper> TakeAsync(string name, CancellationToken cancellationToken)
    {
        var next = _options.Interval;
        while (true)
        {
            var wait = _options.Interval;
            try
            {
                // One that is taken without our hearing of it expires by itself.
                using var silent = new CancellationTokenSource(_options.Lifetime, _time);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silent.Token);
                if (await _leases.TryTakeAsync(name, _owner, _options.Lifetime, limit.Token).ConfigureAwait(false) is { } lease)
                    return new LeaseKeeper(_leases, lease, _options.Lifetime, endsUnheard: false, _logger, _time);
                next = _options.Interval;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                wait = next;
                LogNotTaken(name, wait, error.Message);
                next = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, _options.LongestWait.Ticks));
            }

            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3413, LogLevel.Warning, "The lease {Lease} could not be asked for; again in {Wait}: {Reason}")]
    private partial void LogNotTaken(string lease, TimeSpan wait, string reason);
}
