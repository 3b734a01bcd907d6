using UnifiedVlm.Model;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Training.Loop;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Training.Loop;

public sealed class TrainingFaultTests : IDisposable
{
    private readonly TrainingRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Ten_steps_without_a_finite_loss_end_the_run()
    {
        using (var model = UnifiedModelLoader.Load(run.ModelFolder))
        using (no_grad())
        {
            model.Network.parameters().First().fill_(float.NaN);
            ModelCheckpoint.Save(model.Network, run.ModelFolder);
        }

        var observer = new RecordingObserver();
        var trainer = new Trainer(TrainingRun.Recipe(), run.ModelFolder, new ToyData(), run.Output, 1, observer, TestDevice.Name);
        var error = Assert.Throws<TrainingException>(() => trainer.Run(resume: false, CancellationToken.None));

        Assert.Equal(10, observer.Problems.Count);
        Assert.Contains("optimizer.lr", error.Message, StringComparison.Ordinal);
        Assert.Empty(observer.SavedAt);
    }
}
