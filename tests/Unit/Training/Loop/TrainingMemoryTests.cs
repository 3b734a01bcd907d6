using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Training.Loop;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

[Collection(LiveHandles.Collection)]
public sealed class TrainingMemoryTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Fifty_steps_leave_no_tensor_behind()
    {
        var handles = new List<long>();
        var observer = new RecordingObserver(_ => handles.Add(memory.live_handles));
        LiveHandles.Count();
        new Trainer(TrainingRun.Recipe(overrides: ["steps=50", "evaluation.every=10", "evaluation.samples=4"]), run.ModelFolder, new ToyData(), run.Output, 2, observer, TestDevice.Name)
            .Run(resume: false, CancellationToken.None);

        Assert.Equal(50, handles.Count);
        Assert.Equal(handles[5], handles[^1]);
    }
}
