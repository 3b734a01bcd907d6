using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>
/// A node's place in the cluster: joined, kept by beats, given up when disposed of. What it knows of the others is as old as its last beat; while the database is away it
/// is what was known before, and nobody is taken for dead for that.
/// </summary>
public sealed partial class Membership : IAsyncDisposable
{
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ForgetAge = TimeSpan.FromHours(1);

    private readonly MemberStore _store;
    private readonly MemberInfo _info;
    private readonly Func<MemberLoad> _load;
    private readonly MembershipOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource<Exception> _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _beating;
    private readonly Lock _looking = new();
    private Task _look = Task.CompletedTask;
    private long? _lookedAt;

    // Changed by a beat alone, under its turn.
    private long _epoch;
    private volatile IReadOnlyList<Member> _members;
    private volatile MemberState _state;

    private Membership(
        MemberStore store, MemberInfo info, Func<MemberLoad> load, MembershipOptions options, long epoch, IReadOnlyList<Member> members, ILogger<Membership> logger, TimeProvider time)
    {
        (_store, _info, _load, _options, _epoch, _members, _logger, _time) = (store, info, load, options, epoch, members, logger, time);
        _beating = Task.Run(RunAsync);
    }

    /// <summary>Raised by every beat, on a thread of the pool; what throws is logged. Listeners must not wait for a beat.</summary>
    public event Action<IReadOnlyList<Member>>? Changed;

    public MemberInfo Info => _info;

    public MemberState State => _state;

    /// <summary>The living members as of the last beat, this node among them.</summary>
    public IReadOnlyList<Member> Members => _members;

    /// <summary>Ends with the reason when another process has taken this node's name.</summary>
    public Task<Exception> WhenReplaced => _replaced.Task;

    /// <summary>Joins in state <see cref="MemberState.Starting"/>.</summary>
    /// <param name="load">What the node could take; asked at every beat.</param>
    public static async Task<Membership> JoinAsync(
        MemberStore store, MemberInfo info, Func<MemberLoad> load, MembershipOptions options, ILogger<Membership> logger, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var epoch = await store.JoinAsync(info, options.Lifetime, cancellationToken).ConfigureAwait(false);
        var members = await store.ListAsync(cancellationToken).ConfigureAwait(false);
        return new Membership(store, info, load, options, epoch, members, logger, time);
    }

    /// <summary>Tells the others at once.</summary>
    /// <exception cref="MemberReplacedException">Another process has the name.</exception>
    public Task EnterAsync(MemberState state, CancellationToken cancellationToken)
    {
        _state = state;
        return BeatAsync(cancellationToken);
    }

    /// <summary>
    /// Hears of the others now rather than at the next beat, for at most <paramref name="limit"/>: for who has found that those it knows are dead. Those who ask at a time
    /// share one look. That the database is away shows by nothing having changed.
    /// </summary>
    public async Task LookAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Task look;
        lock (_looking)
        {
            if (_stop.IsCancellationRequested)
                return;
            if (_look.IsCompleted && !(_lookedAt is { } at && _time.GetElapsedTime(at) < _options.LookInterval))
                _look = LookOnceAsync();
            look = _look;
        }

        await Task.WhenAny(look, Task.Delay(limit, _time, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Leaves, as far as the database lets it; else the membership expires.</summary>
    public async ValueTask DisposeAsync()
    {
        Task look;
        lock (_looking)
        {
            if (_stop.IsCancellationRequested)
                return;
            _stop.Cancel();
            look = _look;
        }

        await Task.WhenAll(_beating, look).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(LeaveTime, _time);
        try
        {
            await _store.LeaveAsync(_info.Name, _epoch, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogNotLeft(_info.Name, error.Message);
        }
        _turn.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_options.Interval, _time);
        var beats = 0L;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    await BeatAsync(_stop.Token).ConfigureAwait(false);
                    if (beats++ % _options.BeatsPerForgetting == 0)
                        await _store.ForgetAsync(ForgetAge, _stop.Token).ConfigureAwait(false);
                }
                catch (MemberReplacedException replaced)
                {
                    _replaced.TrySetResult(replaced);
                    return;
                }
                catch (Exception error) when (!_stop.IsCancellationRequested)
                {
                    LogBeatFailed(_info.Name, error.Message);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task LookOnceAsync()
    {
        try
        {
            await Task.Yield();
            await BeatAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Whatever it is, the next beat meets it too and says so.
            LogNotLooked(_info.Name, error.Message);
        }
        finally
        {
            lock (_looking)
                _lookedAt = _time.GetTimestamp();
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        // One at a time: an older beat must not say again what a newer one has taken back.
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_options.Lifetime);
            try
            {
                _members = await _store.BeatAsync(_info.Name, _epoch, _state, _load(), _options.Lifetime, limit.Token).ConfigureAwait(false);
            }
            catch (MemberForgottenException)
            {
                LogForgotten(_info.Name);
                _epoch = await _store.JoinAsync(_info, _options.Lifetime, limit.Token).ConfigureAwait(false);
                _members = await _store.BeatAsync(_info.Name, _epoch, _state, _load(), _options.Lifetime, limit.Token).ConfigureAwait(false);
            }

            Tell();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Within a beat's turn, so that nobody hears what is old after what is new.</summary>
    private void Tell()
    {
        try
        {
            Changed?.Invoke(_members);
        }
        catch (Exception error)
        {
            LogListenerFailed(error);
        }
    }

    [LoggerMessage(3430, LogLevel.Warning, "{Node}: the cluster could not be told that this node lives: {Reason}")]
    private partial void LogBeatFailed(string node, string reason);

    [LoggerMessage(3431, LogLevel.Warning, "{Node}: the cluster could not be told that this node leaves, it will find out: {Reason}")]
    private partial void LogNotLeft(string node, string reason);

    [LoggerMessage(3432, LogLevel.Error, "What follows from the members failed")]
    private partial void LogListenerFailed(Exception error);

    [LoggerMessage(3434, LogLevel.Debug, "{Node}: the members could not be asked for out of turn: {Reason}")]
    private partial void LogNotLooked(string node, string reason);

    [LoggerMessage(3433, LogLevel.Warning, "{Node}: the others had forgotten this node, which could not tell them that it lives; it joins again")]
    private partial void LogForgotten(string node);
}
