using System.Diagnostics;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Bench.Training;

/// <summary>The product's network with its own optimiser.</summary>
internal sealed class OwnSide(VisionLanguageModel model, TrainingBatch batch) : IDisposable
{
    private readonly AdamW optimiser = optim.AdamW(model.parameters(), lr: 1e-4, weight_decay: 0.01);
    private readonly Parameter[] parameters = [.. model.parameters()];
    private readonly SequenceLayout layout = SequenceLayout.Of(batch.Lengths);

    public Measured Run(Work work, int count)
    {
        var (loss, norm) = (0.0, 0.0);
        var (begin, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        for (var i = 0; i < count; i++)
            (loss, norm) = work.IsStep ? Step(work.IsBfloat16) : Forward(work.IsBfloat16);
        return new Measured(
            Stopwatch.GetElapsedTime(begin).TotalSeconds / count, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / count, loss, norm);
    }

    public void Dispose() => optimiser.Dispose();

    private (double Loss, double Norm) Forward(bool isBfloat16)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        using var precision = autocast(enabled: isBfloat16);
        return (Loss().ToDouble(), 0);
    }

    private (double Loss, double Norm) Step(bool isBfloat16)
    {
        using var scope = NewDisposeScope();
        optimiser.zero_grad();
        UnifiedVlm.Torch.Tensor loss;
        using (autocast(enabled: isBfloat16))
            loss = Loss();
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(parameters, 1.0);
        optimiser.step();
        return (loss.ToDouble(), norm);
    }

    private UnifiedVlm.Torch.Tensor Loss()
    {
        var side = model.Config.VitImageSize;
        var pictures = model.Project(model.EncodePictures(tensor(batch.Pixels, [batch.Lengths.Length, 3, side, side])));
        var hidden = model.Hidden(model.Embed(batch.Ids, pictures, TrainingBatch.Placeholder), layout);
        return nn.functional.cross_entropy(model.Logits(hidden.index_select(0, tensor(batch.Rows))), tensor(batch.Targets));
    }
}
