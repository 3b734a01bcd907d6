using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Storage;

public sealed class LeaseTakerTests
{
    private static readonly LeasedWorkOptions Options = new() { LongestWait = TimeSpan.FromSeconds(4) };

    private readonly ManualTimeProvider clock = new();
    private readonly MemoryLeases leases = new(new ManualTimeProvider());

    [Fact]
    public async Task Waits_grow_while_the_database_refuses_and_begin_anew_when_it_has_answered()
    {
        var other = await leases.TryTakeAsync("l", "other", TimeSpan.FromHours(1), CancellationToken.None);
        // The fifth answer is that another has it.
        var asked = 0;
        leases.BeforeCall = _ => Interlocked.Increment(ref asked) is 5 or > 6 ? Task.CompletedTask : throw new InvalidOperationException("It is away.");
        var taking = TakeAsync();
        var waits = new List<double>();
        while (waits.Count < 6)
        {
            // Of each attempt its limit and the wait after it.
            await clock.WhenStartedAsync(2 * (waits.Count + 1));
            waits.Add(clock.Pending.Single().TotalSeconds);
            if (waits.Count == 6)
                await leases.ReleaseAsync(other!, CancellationToken.None);
            clock.Advance(clock.Pending.Single());
        }

        await using var keeper = await taking.WaitAsync(Waiting.Limit);
        Assert.Equal([1, 2, 4, 4, 1, 1], waits);
        Assert.Equal(("us", 2), (keeper.Lease.Owner, keeper.Lease.Epoch));
    }

    [Fact]
    public async Task One_that_is_not_answered_is_given_up_after_the_lease_s_lifetime_and_asked_again()
    {
        leases.BeforeCall = token => Task.Delay(Timeout.Infinite, token);
        var taking = TakeAsync();
        // The limit; afterwards the wait.
        clock.Advance(Options.Lifetime);
        leases.BeforeCall = static _ => Task.CompletedTask;
        await Waiting.UntilAsync(
            () =>
            {
                clock.Advance(Options.Interval);
                return taking.IsCompleted;
            },
            "the lease is taken");
        await (await taking).DisposeAsync();
        Assert.Null(leases.Owner("l"));
    }

    [Fact]
    public async Task Who_is_told_to_stop_while_another_has_it_stops()
    {
        await leases.TryTakeAsync("l", "other", TimeSpan.FromHours(1), CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var taking = TakeAsync(stop.Token);
        await clock.WhenStartedAsync(2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking.WaitAsync(Waiting.Limit));
        Assert.Equal("other", leases.Owner("l"));
    }

    private Task<LeaseKeeper> TakeAsync(CancellationToken cancellationToken = default)
        => new LeaseTaker(leases, "us", Options, NullLogger.Instance, clock).TakeAsync("l", cancellationToken);
}
