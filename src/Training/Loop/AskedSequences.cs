using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Loop;

/// <summary>The sequences whose parts a run asks its teachers for: those of all steps in their order, then those of a validation.</summary>
internal sealed class AskedSequences
{
    private readonly SourceMix<SequenceSample> training;
    private readonly SourceMix<SequenceSample>? validation;
    private readonly long trainingCount;

    /// <exception cref="ConfigException">The recipe asks no teacher, or names a source that the data lacks.</exception>
    public AskedSequences(Recipe recipe, ITrainingData data)
    {
        const string Field = "losses.sequences";
        var settings = recipe.Losses.Sequences ?? throw new ConfigException(recipe.Path, Field, "is not there, so no teacher is asked; give it, or take another recipe");
        training = new SourceMix<SequenceSample>(recipe.Path, Field, settings.Sources, data.Sequences(DataSplit.Train), recipe.Seed);
        trainingCount = (long)recipe.Steps * recipe.Compute.Accumulate * settings.Batch;
        Count = trainingCount;
        if (Validator.Resized(recipe.Losses, data, recipe.Evaluation.Samples).Sequences is not { } measured)
            return;
        validation = new SourceMix<SequenceSample>(recipe.Path, Field, measured.Sources, data.Sequences(DataSplit.Validation), Validator.Seed);
        Count += measured.Batch;
    }

    public long Count { get; }

    public SequenceSample Get(long index) => index < trainingCount ? training.Get((ulong)index) : validation!.Get((ulong)(index - trainingCount));
}
