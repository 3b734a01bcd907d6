using System.Diagnostics;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>Takes single steps: draws, computes the gradient, clips, updates.</summary>
/// <param name="workers">Of the chunks.</param>
/// <param name="chunksAtLeast">Of each loss.</param>
internal sealed class StepTaker(Recipe recipe, Learner learner, IBatchSource batches, ChunkPass pass, PassWorkers workers, int chunksAtLeast)
{
    private readonly GradientStep gradients = new(pass, learner, recipe.Losses, recipe.Compute, workers, chunksAtLeast);
    private readonly FlopCounter flops = new(learner.Model.Network.Config, learner.Parts);

    /// <param name="step">Steps done before.</param>
    /// <param name="problem">Why the weights were left as they are; null where they were updated.</param>
    public StepReport Take(int step, out string? problem)
    {
        var clock = Stopwatch.StartNew();
        var dataTime = TimeSpan.Zero;
        var operations = 0.0;
        StepLosses? losses = null;
        using var scope = NewDisposeScope();
        learner.Optimizer.Clear();
        if (recipe.Train.Lora is { Dropout: > 0 })
        {
            // What is left out follows from the step, so that a resumed run leaves out the same, as far as threads do not race for the numbers.
            manual_seed(unchecked((long)recipe.Seed * 1_000_003 + step));
            learner.Model.Network.train();
        }
        for (var part = 0; part < recipe.Compute.Accumulate; part++)
        {
            var begin = clock.Elapsed;
            using var batch = batches.Draw((ulong)step * (ulong)recipe.Compute.Accumulate + (ulong)part);
            dataTime += clock.Elapsed - begin;
            operations += flops.Of(batch);
            var own = gradients.Run(batch, 1.0 / recipe.Compute.Accumulate);
            losses = losses is null ? own : losses.Plus(own, part);
        }

        var updating = clock.Elapsed;
        var norm = losses!.IsFinite ? nn.utils.clip_grad_norm_(learner.Changing, recipe.Optimizer.Clip) : double.NaN;
        problem = !losses.IsFinite
            ? $"the losses are {string.Join(", ", losses.Parts().Select(static part => $"{part.Name} {part.Value}"))}"
            : double.IsFinite(norm) ? null : $"the gradient's norm is {norm}";
        learner.Optimizer.LearningRate = LearningRateSchedule.At(recipe.Optimizer, step, recipe.Steps);
        if (problem is null)
            learner.Update(workers);
        return new StepReport(
            step + 1, losses, learner.Optimizer.LearningRate, norm, Math.Exp(-learner.LogScale.ToDouble()), clock.Elapsed, dataTime, clock.Elapsed - updating, operations);
    }
}
