using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class LeasedWorkTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task Waits_grow_while_work_fails_at_once_and_begin_anew_when_it_had_recovered()
    {
        var options = new LeasedWorkOptions
        {
            Lifetime = TimeSpan.FromMinutes(5),
            Interval = TimeSpan.FromMilliseconds(1),
            LongestWait = TimeSpan.FromMilliseconds(4),
            Recovery = TimeSpan.FromHours(1),
        };
        var (time, waits, seen, runs) = (new ShiftedTime(), new Waits(), new TaskCompletionSource(), 0);
        await using (new LeasedWork(Store.Leases, "work", "test", options, WorkAsync, waits, time))
            await seen.Task.WaitAsync(Patience);
        Assert.Equal([1, 2, 4, 4, 1, 2], waits.Milliseconds);

        Task WorkAsync(Lease lease, CancellationToken cancellationToken)
        {
            runs++;
            if (runs == 5)
                time.Shift = TimeSpan.FromHours(2);
            if (runs < 7)
                throw new InvalidOperationException("It fails.");
            seen.SetResult();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    /// <summary>Timers go by the clock, elapsed times are what they are said to be.</summary>
    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Shift.Ticks;
    }

    /// <summary>How long the work says that it waits.</summary>
    private sealed class Waits : ILogger<LeasedWork>
    {
        public List<double> Milliseconds { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            foreach (var (name, value) in (IReadOnlyList<KeyValuePair<string, object?>>)state!)
            {
                if (name == "Wait")
                    Milliseconds.Add(((TimeSpan)value!).TotalMilliseconds);
            }
        }
    }
}
