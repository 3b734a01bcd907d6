using System.Threading.Channels;

namespace UnifiedVlm.Tests.Unit.Actors.Support;

public static class TestProbe
{
    /// <summary>How long a test waits for what must come. Only a failing test ever waits that long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
}

/// <summary>Collects what actors do, in order, and lets a test wait for it (Akka's TestProbe).</summary>
public sealed class TestProbe<T>
{
    private readonly Channel<T> seen = Channel.CreateBounded<T>(100_000);

    public void Tell(T value) => Assert.True(seen.Writer.TryWrite(value), "The probe is full.");

    /// <summary>The next thing seen.</summary>
    public async Task<T> ReceiveAsync() => await seen.Reader.ReadAsync().AsTask().WaitAsync(TestProbe.Patience);

    /// <summary>The next thing seen must be this.</summary>
    public async Task ExpectAsync(T expected) => Assert.Equal(expected, await ReceiveAsync());

    public async Task ExpectAsync(params T[] expected)
    {
        foreach (var value in expected)
            await ExpectAsync(value);
    }

    /// <summary>Nothing may be seen before this has ended, and nothing may wait then.</summary>
    public async Task ExpectNoneUntilAsync(Task barrier)
    {
        await barrier.WaitAsync(TestProbe.Patience);
        Assert.False(seen.Reader.TryRead(out var extra), $"Unexpected: {extra}");
    }

    /// <summary>Nothing has been seen so far.</summary>
    public void ExpectNone() => Assert.False(seen.Reader.TryPeek(out var extra), $"Unexpected: {extra}");
}
