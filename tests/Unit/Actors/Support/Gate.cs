namespace UnifiedVlm.Tests.Unit.Actors.Support;

/// <summary>Lets a test hold something that runs: it reports that it came here, and waits.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Entered => entered.Task.WaitAsync(TestProbe.Patience);

    public void Open() => opened.TrySetResult();

    public async ValueTask PassAsync()
    {
        entered.TrySetResult();
        await opened.Task.WaitAsync(TestProbe.Patience);
    }

    public void Pass()
    {
        entered.TrySetResult();
        Assert.True(opened.Task.Wait(TestProbe.Patience), "The gate was never opened.");
    }
}
