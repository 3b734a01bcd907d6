namespace UnifiedVlm.Tests.Unit.Actors.Support;

/// <summary>A clock that stands still until a test moves it; timers fire inside <see cref="Advance"/>, in order.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock gate = new();
    private readonly List<ManualTimer> timers = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Reached)> waiting = [];
    private TimeSpan now;
    private int started;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The delays of the timers that are set now, shortest first.</summary>
    public TimeSpan[] Pending
    {
        get
        {
            lock (gate)
                return [.. timers.Where(t => t.Due is not null).Select(t => t.Due!.Value - now).Order()];
        }
    }

    public override long GetTimestamp()
    {
        lock (gate)
            return now.Ticks;
    }

    /// <summary>How far somebody has set the wall's clock back; time passes as it does.</summary>
    public TimeSpan SetBack { get; set; }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp()) - SetBack;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (gate)
            target = now + by;
        while (true)
        {
            ManualTimer? next;
            lock (gate)
            {
                next = timers.Where(t => t.Due <= target).MinBy(t => t.Due);
                if (next is null)
                {
                    now = target;
                    return;
                }

                now = next.Due!.Value;
                next.Due = next.Period == Timeout.InfiniteTimeSpan ? null : now + next.Period;
            }

            next.Fire();
        }
    }

    /// <summary>As for a process that was stopped meanwhile: timers whose time has come fire late, and once each.</summary>
    public void Jump(TimeSpan by)
    {
        ManualTimer[] due;
        lock (gate)
        {
            now += by;
            due = [.. timers.Where(t => t.Due <= now)];
            foreach (var timer in due)
                timer.Due = timer.Period == Timeout.InfiniteTimeSpan ? null : now + timer.Period;
        }

        foreach (var timer in due)
            timer.Fire();
    }

    /// <summary>How often a timer was set so far.</summary>
    public int Started
    {
        get
        {
            lock (gate)
                return started;
        }
    }

    /// <summary>Ends as soon as this many timers are set at once.</summary>
    public Task WhenPendingAsync(int count) => WhenAsync(() => timers.Count(t => t.Due is not null) >= count);

    /// <summary>Ends as soon as timers have been set this often.</summary>
    public Task WhenStartedAsync(int count) => WhenAsync(() => started >= count);

    private Task WhenAsync(Func<bool> holds)
    {
        lock (gate)
        {
            if (holds())
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Add((holds, reached));
            return reached.Task.WaitAsync(Patience);
        }
    }

    private void Changed()
    {
        foreach (var (_, reached) in waiting.Where(static w => w.Holds()))
            reached.TrySetResult();
        waiting.RemoveAll(static w => w.Reached.Task.IsCompleted);
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner.gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner.now + dueTime;
                Period = period;
                if (!owner.timers.Contains(this))
                    owner.timers.Add(this);
                if (Due is not null)
                    owner.started++;
                owner.Changed();
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner.gate)
            {
                Due = null;
                owner.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
