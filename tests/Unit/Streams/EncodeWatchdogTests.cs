using UnifiedVlm.Streams.Pipeline;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class EncodeWatchdogTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly ManualTime time = new();
    private readonly EncodeWatchdog watchdog;

    public EncodeWatchdogTests() => watchdog = new EncodeWatchdog(time, Timeout * 50);

    [Fact]
    public void A_slow_device_blames_nobody_while_it_comes_back_with_something()
    {
        var wards = Enumerable.Range(0, 20).Select(_ => Watch()).ToList();
        foreach (var (ward, _) in wards)
        {
            time.Advance(Timeout - TimeSpan.FromSeconds(1));
            watchdog.Check();
            watchdog.Release(ward, succeeded: true);
        }

        Assert.All(wards, static w => Assert.False(w.Cancellation.IsCancellationRequested));
    }

    [Fact]
    public void The_oldest_is_stuck_when_others_pass_it_for_too_long()
    {
        var (stuck, cancellation) = Watch();
        for (var i = 0; i < 11; i++)
        {
            var (other, _) = Watch();
            time.Advance(TimeSpan.FromSeconds(1));
            watchdog.Release(other, succeeded: true);
            watchdog.Check();
        }

        Assert.True(cancellation.IsCancellationRequested);
        Assert.True(stuck.IsStuck);
    }

    [Fact]
    public void A_document_that_is_answered_in_the_very_moment_of_its_limit_stops_nobody()
    {
        var (_, cancellation) = Watch();
        cancellation.Dispose();
        time.Advance(Timeout);
        watchdog.Check();
        Assert.Equal(1, watchdog.StuckInRow);
    }

    [Fact]
    public void A_device_that_stands_still_is_blamed_on_one_document_at_a_time()
    {
        var wards = Enumerable.Range(0, 3).Select(_ => Watch()).ToList();
        time.Advance(Timeout * 5);
        watchdog.Check();
        watchdog.Check();
        Assert.Equal([true, false, false], wards.Select(static w => w.Cancellation.IsCancellationRequested));
        time.Advance(Timeout);
        watchdog.Check();
        Assert.Equal([true, true, false], wards.Select(static w => w.Cancellation.IsCancellationRequested));
        Assert.Equal(2, watchdog.StuckInRow);
        watchdog.Release(wards[2].Ward, succeeded: true);
        Assert.Equal(0, watchdog.StuckInRow);
    }

    [Fact]
    public void Time_in_which_the_process_stood_still_counts_against_nobody()
    {
        var (_, cancellation) = Watch();
        time.Advance(Timeout / 2);
        watchdog.Check();
        time.Advance(Timeout * 50);
        watchdog.Check();
        time.Advance(Timeout / 2);
        watchdog.Check();
        Assert.False(cancellation.IsCancellationRequested);
        time.Advance(Timeout / 2);
        watchdog.Check();
        Assert.True(cancellation.IsCancellationRequested);
    }

    [Fact]
    public void A_document_that_may_take_longer_has_longer_when_it_is_its_turn()
    {
        using var cancellation = new CancellationTokenSource();
        watchdog.Watch(cancellation, Timeout * 3);
        time.Advance(Timeout * 2);
        watchdog.Check();
        Assert.False(cancellation.IsCancellationRequested);
        time.Advance(Timeout);
        watchdog.Check();
        Assert.True(cancellation.IsCancellationRequested);
    }

    private (EncodeWatchdog.Ward Ward, CancellationTokenSource Cancellation) Watch()
    {
        var cancellation = new CancellationTokenSource();
        return (watchdog.Watch(cancellation, Timeout), cancellation);
    }
}
