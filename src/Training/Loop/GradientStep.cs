using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// The gradient of one batch, gathered chunk by chunk and equal to that of the undivided batch. Chunks run side by side; libtorch adds up
/// their gradients under a lock for each weight, in the order in which they come: with several threads the last bits of a sum are not
/// the same in every run.
/// </summary>
/// <param name="chunksAtLeast">Chunks of each loss, so that no thread is idle.</param>
internal sealed class GradientStep(ChunkPass pass, Learner learner, LossSettings losses, ComputeSettings compute, PassWorkers workers, int chunksAtLeast)
{
    private readonly SimilarityMatrixLoss? similarity = losses.Sequences is { } settings ? new SimilarityMatrixLoss(settings.Similarity) : null;

    /// <summary>Adds the batch's gradient times <paramref name="share"/> to what the weights have.</summary>
    public StepLosses Run(StepBatch batch, double share)
    {
        var regions = Tokens("regions", batch.Regions, losses.Regions?.Weight, share, pass.RegionLoss);
        var captions = Tokens("captions", batch.Captions, losses.Captions?.Weight, share, pass.TokenLoss);
        var dialogues = Tokens("dialogues", batch.Dialogues, losses.Dialogues?.Weight, share, pass.TokenLoss);
        var documents = Tokens("documents", batch.Documents, losses.Documents?.Weight, share, pass.TokenLoss);
        using var pairs = batch.Pairs is { } p ? Vectors(p.Sides, pass.Summaries, [.. p.Sides.Select(static _ => 1)], losses.Pairs!.Captioning * share) : null;
        using var sequences = batch.Sequences is { } s ? Vectors(s.Sequences, (chunk, _) => (pass.Parts(chunk), null), s.Lengths, 0) : null;
        using var parts = batch.Parts is { } v ? Vectors(v.Sequences, (chunk, _) => (pass.Parts(chunk), null), v.Lengths, 0) : null;
        learner.Encode(() => RunAll([.. pairs?.Forward() ?? [], .. parts?.Forward() ?? [], .. sequences?.Forward() ?? []]));

        using var scope = NewDisposeScope();
        var work = new List<Action>();
        double? pairLoss = null, partLoss = null, sequenceLoss = null;
        if (pairs is not null)
            work.AddRange(pairs.Backward(Contrast(pairs.Gather(), batch.Pairs!, losses.Pairs!, share, out pairLoss)));
        if (parts is not null)
            work.AddRange(parts.Backward(Tell(parts.Gather(), batch.Parts!, losses.Parts!.Weight * share, out partLoss)));
        if (sequences is not null)
            work.AddRange(sequences.Backward(Align(sequences.Gather(), batch.Sequences!, losses.Sequences!.Weight * share, out sequenceLoss)));
        work.AddRange(captions.Actions());
        Action[] generated = [.. regions.Actions(), .. dialogues.Actions(), .. documents.Actions()];
        if (learner.EncodingAdapter is null)
            work.AddRange(generated);
        learner.Encode(() => RunAll(work));
        if (learner.EncodingAdapter is not null)
            RunAll(generated);
        foreach (var vectors in new[] { pairs, parts, sequences })
            vectors?.CheckTrained();
        foreach (var tokens in new[] { regions, captions, dialogues, documents })
            tokens.CheckTrained();
        return new StepLosses(
            regions.Mean, pairLoss, pairs?.TokenMean, captions.Mean, dialogues.Mean, documents.Mean, partLoss, sequenceLoss,
            batch.Decoded.Sum(static s => (long)s.Tokens), batch.All.Sum(static s => (long)s.Pictures), batch.All.Sum(static s => (long)s.Places.Length), batch.Samples);
    }

    /// <param name="vectors">[2B,D]: left sides, then right sides.</param>
    /// <returns>[2B,D].</returns>
    private Tensor Contrast(Tensor vectors, PairBatch batch, PairLossSettings settings, double share, out double? loss)
    {
        var weight = settings.Weight * share;
        var value = InfoNce.Evaluate(
            vectors.narrow(0, 0, batch.Count), vectors.narrow(0, batch.Count, batch.Count), learner.LogScale.ToDouble(),
            new InfoNceNegatives { Equal = batch.TwinMask(vectors.device) });
        loss = value.Loss;
        AddToTemperature(weight * value.LogScale);
        return cat([value.Left, value.Right]) * weight;
    }

    /// <param name="vectors">[R,D]: the parts of all sequences.</param>
    /// <returns>[R,D].</returns>
    private Tensor Tell(Tensor vectors, PartsBatch batch, double weight, out double? loss)
    {
        var value = SupervisedContrast.Evaluate(vectors, batch.Meanings, learner.LogScale.ToDouble());
        loss = value.Loss;
        AddToTemperature(weight * value.LogScale);
        return value.Gradient * weight;
    }

    private void AddToTemperature(double gradient)
    {
        var logScale = learner.LogScale;
        logScale.grad = tensor((float)(gradient + (logScale.grad?.ToDouble() ?? 0)), device: logScale.device);
    }

    /// <param name="vectors">[R,D]: the parts of all sequences.</param>
    /// <returns>[R,D].</returns>
    private Tensor Align(Tensor vectors, SequenceBatch batch, double weight, out double? loss)
    {
        if (!vectors.isfinite().logical_not().sum().ToDouble().Equals(0))
        {
            // The aligner refuses such vectors; the step will be left out.
            loss = double.NaN;
            return zeros_like(vectors);
        }

        var value = similarity!.Evaluate(vectors, batch.Lengths, batch.Target);
        loss = value.Loss;
        return value.Gradient * weight;
    }

    private TokenWork Tokens(string name, IReadOnlyList<TrainingSequence> sequences, double? weight, double share, Func<Chunk, Tensor> lossOf) =>
        new(name, sequences, lossOf, (weight ?? 0) * share, compute.ChunkTokens, chunksAtLeast);

    private VectorWork Vectors(IReadOnlyList<TrainingSequence> sequences, Func<Chunk, bool, (Tensor, Tensor?)> forward, int[] rows, double tokenWeight) =>
        new(sequences, forward, rows, compute.ChunkTokens, chunksAtLeast, compute.Recompute, tokenWeight);

    private void RunAll(IReadOnlyList<Action> actions) => workers.Run(actions.Count, i => actions[i]());
}
