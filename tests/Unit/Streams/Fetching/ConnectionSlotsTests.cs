using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

public sealed class ConnectionSlotsTests
{
    [Fact]
    public async Task A_host_gets_its_share_and_who_waits_for_it_takes_no_place_from_others()
    {
        using var slots = new ConnectionSlots(inAll: 3, perHost: 1);
        var held = await slots.EnterAsync("busy", CancellationToken.None);
        var waiting = Enumerable.Range(0, 5).Select(_ => slots.EnterAsync("BUSY", CancellationToken.None)).ToList();
        Assert.All(waiting, static w => Assert.False(w.IsCompleted));
        using var other = await slots.EnterAsync("other", CancellationToken.None).WaitAsync(Waiting.Limit);
        using var third = await slots.EnterAsync("third", CancellationToken.None).WaitAsync(Waiting.Limit);

        held.Dispose();
        foreach (var next in waiting)
            (await next.WaitAsync(Waiting.Limit)).Dispose();
    }

    [Fact]
    public async Task All_hosts_together_have_a_bound_and_a_cancelled_wait_takes_nothing()
    {
        using var slots = new ConnectionSlots(inAll: 1, perHost: 1);
        var held = await slots.EnterAsync("a", CancellationToken.None);
        using (var stop = new CancellationTokenSource())
        {
            var waiting = slots.EnterAsync("b", stop.Token);
            var behind = slots.EnterAsync("b", stop.Token);
            Assert.False(waiting.IsCompleted);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => behind);
        }

        held.Dispose();
        held.Dispose();
        using var last = await slots.EnterAsync("b", CancellationToken.None).WaitAsync(Waiting.Limit);
        Assert.False(slots.EnterAsync("a", CancellationToken.None).IsCompleted);
    }
}
