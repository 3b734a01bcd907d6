using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Training.Loop;

/// <summary>A training run: from a recipe and data to a model folder, in as many parts as it is interrupted.</summary>
/// <param name="modelFolder">Where the recipe's model is.</param>
/// <param name="output">The run's folder: checkpoint, metrics.jsonl, report.html, best, model.</param>
/// <param name="threads">Chunks of a step computed side by side.</param>
/// <param name="device">Such as <c>cpu</c> or <c>cuda:0</c>.</param>
public sealed class Trainer(Recipe recipe, string modelFolder, ITrainingData data, string output, int threads, ITrainingObserver observer, string device = "cpu")
{
    public const string ModelFolderName = "model";
    public const string BestFolderName = "best";
    public const string BestAdapterFolderName = "best-adapter";
    public const string AdapterFolderName = "adapter";

    private readonly JsonObject recipeJson = RecipeFile.ToJson(recipe);
    private readonly CheckpointStore checkpoints = new(output);

    /// <summary>Trains to the last step and writes <c>OUT/model</c>.</summary>
    /// <param name="resume">Go on from <c>OUT/checkpoint</c>; where there is none yet the run begins.</param>
    /// <param name="cancellationToken">Ends the run after the step in progress, with a checkpoint.</param>
    /// <returns>The model folder; null when the run was stopped before its end.</returns>
    /// <exception cref="ConfigException">The recipe does not fit data or model, or the output folder holds another run, or belongs to one in progress.</exception>
    /// <exception cref="CheckpointException">A weight of the model is missing, does not fit, or is no number.</exception>
    /// <exception cref="TeacherException">A teacher can't be opened, or has no usable vector for a part; a checkpoint then has the steps before it.</exception>
    /// <exception cref="TrainingException">Too many steps in a row had no finite loss, or none had, or a weight is no number any more.</exception>
    public string? Run(bool resume, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        using var alone = RunLock.Take(output);
        var from = checkpoints.Current;
        if (from is not null && !resume)
            throw new ConfigException(from, "--out", "holds a run already; go on with --resume or choose another folder");
        AtomicFile.RemoveLeftovers(output);
        FolderSwap.Recover(Path.Combine(output, BestFolderName));
        FolderSwap.Recover(Path.Combine(output, BestAdapterFolderName));
        var state = new RunState { Data = data.Fingerprint, Recipe = recipeJson };
        if (from is not null)
        {
            state = CheckpointStore.ReadState(from);
            RunGuard.Check(from, state, recipeJson, data.Fingerprint);

            // A score of other samples is another measure.
            var isSameMeasure = (int?)state.Recipe["evaluation"]?["samples"] == recipe.Evaluation.Samples;
            state = state with { Recipe = RunGuard.Continued(state.Recipe, recipeJson), BestScore = isSameMeasure ? state.BestScore : null };
        }

        using var learner = Learner.Load(from ?? modelFolder, recipe, device, isResumed: from is not null);
        foreach (var what in learner.Replaced)
            observer.Replaced(what);
        if (from is not null)
            CheckpointStore.Restore(from, learner);
        CheckPictureSide(learner);
        using var workers = new PassWorkers(threads, "train");
        using var teachers = recipe.Losses.Sequences is { } sequences
            ? TeacherEnsemble.Open(sequences.Teachers, new TeacherContext(data.KnowledgeDimension), sequences.SharedWeight)
            : null;
        if (from is not null)
            RunGuard.CheckTeachers(from, state, teachers?.Names);
        state = state with { Teachers = teachers?.Names };
        using var loop = new TrainingLoop(recipe, learner, data, teachers, workers, output, checkpoints, observer, state.Precision);
        if (loop.Run(state, cancellationToken).Step < recipe.Steps)
            return null;
        var folder = Path.Combine(output, ModelFolderName);
        FolderSwap.Write(folder, next => TrainedModel.Write(learner, next, recipe.Export));
        if (learner.EncodingAdapter is null)
            learner.Adapter?.Save(Path.Combine(output, AdapterFolderName));
        return folder;
    }

    private void CheckPictureSide(Learner learner)
    {
        var side = learner.Model.Network.Config.VitImageSize;
        if (data.PictureSide != side)
            throw new ConfigException(recipe.Path, "model", $"takes pictures of side {side}, the data has side {data.PictureSide}; build the data with that size");
    }
}
