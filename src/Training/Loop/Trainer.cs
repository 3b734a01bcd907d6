using System.Diagnostics;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>A training run: from a recipe and data to a model folder, in as many parts as it is interrupted.</summary>
public sealed class Trainer(Recipe recipe, string modelFolder, ITrainingData data, string output, int threads, ITrainingObserver observer)
{
    public const string ModelFolderName = "model";

    private const int MaxSkippedInARow = 10;

    private readonly JsonObject recipeJson = RecipeFile.ToJson(recipe);
    private readonly CheckpointStore checkpoints = new(output);

    /// <summary>Trains to the last step and writes <c>OUT/model</c>.</summary>
    /// <param name="resume">Go on from <c>OUT/checkpoint</c>; where there is none yet the run begins.</param>
    /// <param name="cancellationToken">Ends the run after the step in progress, with a checkpoint.</param>
    /// <returns>The model folder; null when the run was stopped before its end.</returns>
    /// <exception cref="ConfigException">The recipe does not fit data or model, or the output folder holds another run.</exception>
    /// <exception cref="TrainingException">Too many steps in a row had no finite loss.</exception>
    public string? Run(bool resume, CancellationToken cancellationToken)
    {
        var from = checkpoints.Current;
        if (from is not null && !resume)
            throw new ConfigException(from, "--out", "holds a run already; go on with --resume or choose another folder");
        Directory.CreateDirectory(output);
        var state = new RunState { Data = data.Fingerprint, Recipe = recipeJson };
        if (from is not null)
        {
            state = CheckpointStore.ReadState(from);
            RunGuard.Check(from, state, recipeJson, data.Fingerprint);
            state = state with { Recipe = recipeJson };
        }

        using var learner = Learner.Load(from ?? modelFolder, recipe);
        if (from is not null)
            CheckpointStore.Restore(from, learner);
        CheckPictureSide(learner);
        using var workers = new PassWorkers(threads, "train");
        state = Loop(learner, workers, state, cancellationToken);
        if (state.Step < recipe.Steps)
            return null;
        var folder = Path.Combine(output, ModelFolderName);
        TrainedModel.Write(learner, folder, recipe.Export);
        return folder;
    }

    private void CheckPictureSide(Learner learner)
    {
        var side = learner.Model.Network.Config.VitImageSize;
        if (data.PictureSide != side)
            throw new ConfigException(recipe.Path, "model", $"takes pictures of side {side}, the data has side {data.PictureSide}; build the data with that size");
    }

    private RunState Loop(Learner learner, PassWorkers workers, RunState state, CancellationToken cancellationToken)
    {
        var drawer = new BatchDrawer(learner.Model, recipe, data, DataSplit.Train, workers);
        var gradients = new GradientStep(learner.Model, learner.LogScale, recipe.Losses, recipe.Compute, workers);
        var flops = new FlopCounter(learner.Model.Network.Config);
        var metrics = new MetricsLog(output, state.Step);
        var plan = new TrainingPlan(state.Step, recipe.Steps, learner.Trained.Sum(static p => p.numel()), workers.Threads, MatrixPeak.Measure(workers));
        observer.Started(plan);
        var measured = new List<StepReport>();
        var skippedInARow = 0;
        while (state.Step < recipe.Steps && !cancellationToken.IsCancellationRequested)
        {
            var step = Take(learner, drawer, gradients, flops, state.Step, out var problem);
            state = state with { Step = step.Step, Tokens = state.Tokens + step.Losses.Tokens, Skipped = state.Skipped + (problem is null ? 0 : 1) };
            skippedInARow = problem is null ? 0 : skippedInARow + 1;
            if (problem is null)
            {
                measured.Add(step);
                observer.Stepped(step);
            }
            else
            {
                observer.Skipped(step.Step, problem);
            }

            if (skippedInARow >= MaxSkippedInARow)
                throw new TrainingException($"{MaxSkippedInARow} steps in a row to step {step.Step} were not finite ({problem}). Lower optimizer.lr or optimizer.clip and begin again in a new folder, from this run's last checkpoint as the recipe's model if need be.");
            if (state.Step % recipe.MetricsEvery == 0 || state.Step == recipe.Steps)
                Measure(metrics, measured, plan);
            if (state.Step % recipe.CheckpointEvery == 0 && skippedInARow == 0)
                Save(learner, state);
        }

        if (skippedInARow == 0 && state.Step % recipe.CheckpointEvery != 0)
            Save(learner, state);
        return state;
    }

    private void Measure(MetricsLog metrics, List<StepReport> steps, TrainingPlan plan)
    {
        if (steps.Count == 0)
            return;
        var interval = Interval.Of(steps, plan.PeakFlops);
        steps.Clear();
        metrics.Append(interval.ToJson());
        observer.Measured(interval);
    }

    private void Save(Learner learner, RunState state)
    {
        checkpoints.Write(learner, state);
        observer.Saved(state.Step, checkpoints.Current!);
    }

    private StepReport Take(Learner learner, BatchDrawer drawer, GradientStep gradients, FlopCounter flops, int step, out string? problem)
    {
        var clock = Stopwatch.StartNew();
        var dataTime = TimeSpan.Zero;
        var operations = 0.0;
        StepLosses? losses = null;
        using var scope = NewDisposeScope();
        learner.Optimizer.zero_grad();
        for (var part = 0; part < recipe.Compute.Accumulate; part++)
        {
            var begin = clock.Elapsed;
            using var batch = drawer.Draw((ulong)step * (ulong)recipe.Compute.Accumulate + (ulong)part);
            dataTime += clock.Elapsed - begin;
            operations += flops.Of(batch);
            var own = gradients.Run(batch, 1.0 / recipe.Compute.Accumulate);
            losses = losses is null ? own : losses.Plus(own, part);
        }

        var updating = clock.Elapsed;
        var norm = losses!.IsFinite ? nn.utils.clip_grad_norm_(learner.Trained, recipe.Optimizer.Clip) : double.NaN;
        problem = !losses.IsFinite
            ? $"the losses are {string.Join(", ", losses.Parts().Select(static part => $"{part.Name} {part.Value}"))}"
            : double.IsFinite(norm) ? null : $"the gradient's norm is {norm}";
        learner.Optimizer.LearningRate = LearningRateSchedule.At(recipe.Optimizer, step, recipe.Steps);
        if (problem is null)
            learner.Update();
        return new StepReport(
            step + 1, losses, learner.Optimizer.LearningRate, norm, Math.Exp(-learner.LogScale.ToDouble()), clock.Elapsed, dataTime, clock.Elapsed - updating, operations);
    }
}
