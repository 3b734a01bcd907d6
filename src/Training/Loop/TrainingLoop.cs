using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Loop.Report;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Training.Loop;

/// <summary>Step after step, with what belongs between them: metrics, validations, checkpoints.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private const int MaxSkippedInARow = 10;

    // A GPU computes one kernel after another; several threads, each with a loss of its own, only tell it of them faster. It needs large chunks, or
    // it computes faster than it is told.
    private const int GpuThreads = 4;
    private const int GpuChunkTokens = 16 * 1024;

    private readonly Recipe recipe;
    private readonly Learner learner;
    private readonly string output;
    private readonly CheckpointStore checkpoints;
    private readonly ITrainingObserver observer;
    private readonly PassWorkers workers;
    private readonly PassWorkers compute;
    private readonly AheadDrawer? ahead;
    private readonly StepTaker steps;
    private readonly Validator validator;
    private readonly Precision precision;
    private readonly Device device;

    public TrainingLoop(
        Recipe recipe, Learner learner, ITrainingData data, TeacherEnsemble? teachers, PassWorkers workers, string output, CheckpointStore checkpoints, ITrainingObserver observer,
        Precision? before = null)
    {
        (this.recipe, this.learner, this.output, this.checkpoints, this.observer, this.workers) = (recipe, learner, output, checkpoints, observer, workers);
        device = learner.Model.Network.Device;
        var drawer = new BatchDrawer(learner.Model, recipe, data, DataSplit.Train, teachers, workers);
        if (device.type == DeviceType.CPU)
        {
            compute = workers;
        }
        else
        {
            compute = new PassWorkers(GpuThreads, "chunks");
            ahead = new AheadDrawer(drawer);
            recipe = recipe with { Compute = recipe.Compute with { ChunkTokens = Math.Max(recipe.Compute.ChunkTokens, GpuChunkTokens) } };
        }

        precision = Choose(recipe.Compute.Precision, device, before);
        var pass = new ChunkPass(learner.Model, precision, learner.EncodingAdapter);
        steps = new StepTaker(recipe, learner, ahead ?? (IBatchSource)drawer, pass, compute, device.type == DeviceType.CPU ? compute.Threads : 1);
        validator = new Validator(learner.Model, recipe, data, teachers, pass, compute);
    }

    /// <returns>The state at the end, or where it was stopped.</returns>
    /// <exception cref="TrainingException">Too many steps in a row had no finite loss, or none had, or a weight is no number any more.</exception>
    /// <exception cref="TeacherException">The teachers have no usable vector for one of the parts; a checkpoint has the steps before it.</exception>
    public RunState Run(RunState state, CancellationToken cancellationToken)
    {
        var metrics = new MetricsLog(output, state.Step, state.IsValidationDue);
        var plan = new TrainingPlan(state.Step, recipe.Steps, learner.Changing.Sum(static p => p.numel()), workers.Threads, precision, MatrixPeak.Measure(workers, device));
        observer.Started(plan);
        var (skippedInARow, updates) = (0, 0);
        string? skipped = null;
        var isCheckpointDue = false;
        state = state with { Precision = precision };
        try
        {
            if (state.IsValidationDue)
            {
                state = Evaluate(metrics, plan, state);
                // The next checkpoint may never come: there is none after the last step, and a kill may be sooner.
                checkpoints.Write(learner, state);
            }

            while (state.Step < recipe.Steps && !cancellationToken.IsCancellationRequested)
            {
                var step = steps.Take(state.Step, out var problem);
                var isSkipped = problem is not null;
                state = state with { Step = step.Step, Tokens = state.Tokens + step.Losses.Tokens, Skipped = state.Skipped + (isSkipped ? 1 : 0) };
                skippedInARow = isSkipped ? skippedInARow + 1 : 0;
                if (isSkipped)
                {
                    skipped = problem;
                    observer.Skipped(step.Step, problem!);
                }
                else
                {
                    updates++;
                    state = state with { Measured = (state.Measured ?? new OpenInterval()).Plus(step) };
                    observer.Stepped(step);
                }

                if (skippedInARow >= MaxSkippedInARow)
                    throw new TrainingException($"{MaxSkippedInARow} steps in a row up to step {step.Step} were not finite: {problem}. Lower optimizer.lr or optimizer.clip and begin again in a new folder.");
                if (IsDue(recipe.MetricsEvery, state))
                    state = Measure(metrics, state, plan);
                if (IsDue(recipe.Evaluation.Every, state))
                {
                    // Where it can't be done it is what the checkpoint goes on with.
                    state = state with { IsValidationDue = true };
                    state = Evaluate(metrics, plan, state);
                    // Its samples have outlived collections that take the young alone, and steps make too little for others: they would stay, and the heap with them.
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
                }

                // Made up for by the next step that was taken.
                isCheckpointDue |= IsDue(recipe.CheckpointEvery, state);
                if (isCheckpointDue && !isSkipped)
                {
                    Save(state);
                    isCheckpointDue = false;
                }
            }
        }
        catch (TeacherException) when (state.Step > plan.FirstStep)
        {
            // The weights are those of the last step: with what the teacher lacks the run goes on from there.
            Save(state);
            throw;
        }

        if (skipped is not null && updates == 0)
            throw new TrainingException($"No step up to step {state.Step} was finite, so nothing was learned: {skipped}. Lower optimizer.lr or optimizer.clip and begin again in a new folder.");
        if (cancellationToken.IsCancellationRequested)
            Save(state);
        else
            CheckWeights(state.Step);
        return state;
    }

    public void Dispose()
    {
        ahead?.Dispose();
        if (compute != workers)
            compute.Dispose();
    }

    /// <summary>A GPU has TF32 for float32's products: bfloat16's would have to be rounded to and widened from by kernels of their own.</summary>
    /// <param name="before">What the run was computed in before it was resumed: the machine's load of the moment is not to change it.</param>
    private static Precision Choose(Precision wanted, Device device, Precision? before)
    {
        if (device.type != DeviceType.CPU)
        {
            torch.set_float32_matmul_precision(wanted == Precision.Float32 ? "highest" : "high");
            return wanted == Precision.Auto ? Precision.Float32 : wanted;
        }

        return wanted != Precision.Auto ? wanted
            : before is { } kept && (kept == Precision.Float32 || torch.cpu.supports_bf16) ? kept
            : torch.cpu.supports_bf16 && Bfloat16Advantage.Measure().IsWorthwhile ? Precision.Bfloat16 : Precision.Float32;
    }

    /// <summary>Every so many steps, and after the last one.</summary>
    private bool IsDue(int every, RunState state) => state.Step % every == 0 || state.Step == recipe.Steps;

    private RunState Measure(MetricsLog metrics, RunState state, TrainingPlan plan)
    {
        if (state.Measured is not { } taken)
            return state;
        var interval = Interval.Of(taken, plan.PeakFlops);
        metrics.Append(interval.ToJson());
        observer.Measured(interval);
        return state with { Measured = null };
    }

    private RunState Evaluate(MetricsLog metrics, TrainingPlan plan, RunState state)
    {
        learner.Model.Network.eval();
        var result = validator.Run();
        state = state with { IsValidationDue = false };
        if (result.Measures.Count == 0)
            return state;
        var best = Path.Combine(output, Trainer.BestFolderName);
        var isBest = double.IsFinite(result.Score) && (!(result.Score <= state.BestScore) || (recipe.Evaluation.KeepBest && !Directory.Exists(best)));
        metrics.Append(result.ToJson(state.Step));
        TrainingReport.Write(output, recipe, plan, metrics.Read());
        if (isBest && recipe.Evaluation.KeepBest)
        {
            CheckWeights(state.Step);
            FolderSwap.Write(best, next => TrainedModel.Write(learner, next, recipe.Export));

            // What is merged into the best weights can't be had from them again.
            if (learner.EncodingAdapter is null && learner.Adapter is { } adapter)
                FolderSwap.Write(Path.Combine(output, Trainer.BestAdapterFolderName), adapter.Save);
        }

        observer.Evaluated(state.Step, result, isBest);
        return isBest ? state with { BestScore = result.Score } : state;
    }

    /// <summary>Before anything is written of them.</summary>
    private void CheckWeights(int step)
    {
        if (learner.FirstWithoutNumber() is { } weight)
            throw new TrainingException($"After step {step} {weight} holds a NaN or an infinity; no step heals that, and it is not written. Lower optimizer.lr or optimizer.clip and begin again in a new folder.");
    }

    private void Save(RunState state)
    {
        CheckWeights(state.Step);
        checkpoints.Write(learner, state);
        observer.Saved(state.Step, checkpoints.Current!);
    }
}
