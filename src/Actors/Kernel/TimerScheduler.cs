using System.Diagnostics.CodeAnalysis;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>
/// Timers of one actor, by key: starting a key again replaces its timer. A timer that fires needs no room in the mailbox and goes before it.
/// A periodic timer whose last message is still waiting does not send another; one that is due again by the end of its message lets the mailbox have a turn.
/// </summary>
public sealed class TimerScheduler<TMessage>
{
    private readonly ActorCell cell;
    private readonly Dictionary<object, ActorTimer<TMessage>> timers = [];

    internal TimerScheduler(ActorCell cell) => this.cell = cell;

    public bool IsTimerActive(object key) => timers.ContainsKey(key);

    public void StartSingleTimer(object key, TMessage message, TimeSpan delay) => Start(key, message, delay, Timeout.InfiniteTimeSpan);

    public void StartPeriodicTimer(object key, TMessage message, TimeSpan interval) => Start(key, message, interval, interval);

    public void Cancel(object key)
    {
        if (timers.Remove(key, out var timer))
            timer.Stop();
    }

    internal void CancelAll()
    {
        foreach (var timer in timers.Values)
            timer.Stop();
        timers.Clear();
    }

    /// <summary>False when the timer was cancelled or replaced while its signal was on the way.</summary>
    internal bool TryFire(ActorTimer<TMessage> timer, [MaybeNullWhen(false)] out TMessage message)
    {
        message = timer.Message;
        timer.Taken();
        if (!timers.TryGetValue(timer.Key, out var current) || !ReferenceEquals(current, timer))
            return false;
        if (!timer.IsPeriodic)
        {
            timers.Remove(timer.Key);
            timer.Stop();
        }

        return true;
    }

    private void Start(object key, TMessage message, TimeSpan delay, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Cancel(key);
        var timer = new ActorTimer<TMessage>(cell, key, message, interval != Timeout.InfiniteTimeSpan);
        timers.Add(key, timer);
        timer.Start(cell.System.Time, delay, interval);
    }
}
