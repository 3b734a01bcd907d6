using UnifiedVlm.Server.Indexing;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Server.Indexing;

/// <summary>Nobody holds work up for want of a device that another has.</summary>
public sealed class DeviceWorkTests
{
    private readonly FakeModel device = new();
    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task Without_a_device_it_is_not_begun()
    {
        device.HasDevice = false;
        Assert.False(await new DeviceWork(device, time).RunAsync(static _ => throw new InvalidOperationException("It has begun."), CancellationToken.None));
    }

    [Fact]
    public async Task It_ends_when_its_last_device_stays_away_and_not_before()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var running = new DeviceWork(device, time).RunAsync(token => WorkAsync(token, begun, ended.Task), CancellationToken.None);
        await begun.Task;
        for (var round = 0; round < 3; round++)
        {
            // Away for a moment again and again, as when connections are made anew.
            device.HasDevice = false;
            time.Advance(DeviceWork.Patience - DeviceWork.Look);
            device.HasDevice = true;
            time.Advance(DeviceWork.Look);
        }

        Assert.False(running.IsCompleted);
        device.HasDevice = false;
        time.Advance(DeviceWork.Patience);
        Assert.False(await running.WaitAsync(TestProbe.Patience));
    }

    [Fact]
    public async Task Work_that_is_done_is_done_whatever_becomes_of_the_device()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var running = new DeviceWork(device, time).RunAsync(token => WorkAsync(token, begun, ended.Task), CancellationToken.None);
        await begun.Task;
        device.HasDevice = false;
        ended.SetResult();
        Assert.True(await running.WaitAsync(TestProbe.Patience));
        Assert.Empty(time.Pending);
    }

    [Fact]
    public async Task What_ends_it_from_outside_or_fails_is_not_taken_for_a_lost_device()
    {
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var running = new DeviceWork(device, time).RunAsync(token => WorkAsync(token, begun, Task.Delay(Timeout.Infinite, token)), stop.Token);
        await begun.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAsync<TimeoutException>(() => new DeviceWork(device, time).RunAsync(static _ => throw new TimeoutException(), CancellationToken.None));
    }

    private static Task WorkAsync(CancellationToken cancellationToken, TaskCompletionSource begun, Task end)
    {
        begun.SetResult();
        return end.WaitAsync(cancellationToken);
    }
}
