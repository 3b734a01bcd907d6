using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>
/// The gradient of one batch, gathered chunk by chunk and equal to that of the undivided batch: losses between samples are evaluated on all
/// vectors of the batch without their graphs, then each chunk propagates its share (GradCache, arXiv 2101.06983). Chunks run side by
/// side; libtorch adds up their gradients under a lock for each weight, in the order in which they come.
/// </summary>
internal sealed class GradientStep(UnifiedModel model, Parameter logScale, LossSettings losses, ComputeSettings compute, PassWorkers workers)
{
    private readonly ChunkPass pass = new(model);

    /// <summary>Adds the batch's gradient times <paramref name="share"/> to what the weights have.</summary>
    public StepLosses Run(StepBatch batch, double share)
    {
        var tokenWork = new List<TokenWork>
        {
            Divide(batch.Captions, losses.Captions?.Weight, share),
            Divide(batch.Dialogues, losses.Dialogues?.Weight, share),
            Divide(batch.Documents, losses.Documents?.Weight, share),
        };
        double? pairLoss = null;
        if (batch.Pairs is { } pairs)
            pairLoss = RunPairs(pairs, losses.Pairs!, share, tokenWork);
        else
            RunAll([.. tokenWork.SelectMany(Jobs)]);
        return new StepLosses(
            pairLoss, tokenWork[0].Mean, tokenWork[1].Mean, tokenWork[2].Mean,
            batch.All.Sum(static s => (long)s.Tokens), batch.All.Sum(static s => (long)s.Pictures), batch.All.Sum(static s => (long)s.Places.Length),
            (batch.Pairs?.Count ?? 0) + batch.Captions.Count + batch.Dialogues.Count + batch.Documents.Count);
    }

    private double RunPairs(PairBatch batch, PairLossSettings settings, double share, List<TokenWork> tokenWork)
    {
        var chunks = Chunk.Divide(batch.Sides, compute.ChunkTokens, workers.Threads);
        var vectors = new Tensor[chunks.Count];
        try
        {
            workers.Run(chunks.Count, c =>
            {
                using var mode = enable_grad(!settings.Recompute);
                using var scope = NewDisposeScope();
                vectors[c] = pass.Summaries(chunks[c]).DetachFromDisposeScope();
            });
            using var scope = NewDisposeScope();
            var gathered = Gather(chunks, vectors, batch.Sides.Count);
            var value = Contrast(gathered, batch);
            var bySide = cat([value.Left, value.Right]) * (settings.Weight * share);
            Accumulate(logScale, value.LogScale * settings.Weight * share);
            if (!double.IsFinite(value.Loss))
                return value.Loss;

            var jobs = new List<Action>();
            for (var c = 0; c < chunks.Count; c++)
            {
                var (chunk, own) = (chunks[c], vectors[c]);
                var gradient = bySide.index_select(0, tensor(Array.ConvertAll(chunk.Rows, static r => (long)r)));
                jobs.Add(() => Propagate(chunk, own, gradient, settings.Recompute));
            }

            jobs.AddRange(tokenWork.SelectMany(Jobs));
            RunAll(jobs);
            return value.Loss;
        }
        finally
        {
            foreach (var tensor in vectors)
                tensor?.Dispose();
        }
    }

    /// <param name="vectors">[2B,D]: left sides, then right sides.</param>
    private InfoNceValue Contrast(Tensor vectors, PairBatch batch)
    {
        var equal = batch.Twins.AsSpan().Contains(true) ? tensor(batch.Twins, [batch.Count, batch.Count], device: vectors.device) : null;
        return InfoNce.Evaluate(
            vectors.narrow(0, 0, batch.Count), vectors.narrow(0, batch.Count, batch.Count), logScale.ToDouble(), new InfoNceNegatives { Equal = equal });
    }

    private static void Accumulate(Parameter number, double derivative)
    {
        using var before = number.grad;
        using var sum = tensor((float)(derivative + (before?.ToDouble() ?? 0)), device: number.device);
        number.grad = sum;
    }

    private void Propagate(Chunk chunk, Tensor vectors, Tensor gradient, bool recompute)
    {
        using var mode = enable_grad();
        using var scope = NewDisposeScope();
        if (recompute)
            pass.Summaries(chunk).backward(gradient);
        else
            vectors.backward(gradient);

        // With the last handle the graph goes: here, and not when all chunks are through.
        vectors.Dispose();
    }

    /// <summary>The chunks' rows in the order of the batch, without their graphs, [R,D].</summary>
    private static Tensor Gather(List<Chunk> chunks, Tensor[] vectors, int count)
    {
        var order = new long[count];
        var at = 0;
        foreach (var row in chunks.SelectMany(static chunk => chunk.Rows))
            order[row] = at++;
        return cat([.. vectors.Select(static v => v.detach())]).index_select(0, tensor(order));
    }

    private TokenWork Divide(IReadOnlyList<TrainingSequence> sequences, double? weight, double share)
    {
        var count = sequences.Sum(static s => s.Places.Length);
        return count == 0
            ? new TokenWork([], 0, 0)
            : new TokenWork(Chunk.Divide([.. sequences.Where(static s => s.Places.Length > 0)], compute.ChunkTokens, workers.Threads), count, weight!.Value * share / count);
    }

    private IEnumerable<Action> Jobs(TokenWork work) => work.Chunks.Select((chunk, c) => (Action)(() =>
    {
        using var mode = enable_grad();
        using var scope = NewDisposeScope();
        var loss = pass.TokenLoss(chunk);
        work.Sums[c] = loss.ToDouble();
        (loss * work.Factor).backward();
    }));

    private void RunAll(List<Action> jobs) => workers.Run(jobs.Count, i => jobs[i]());

    /// <summary>The chunks of a token loss. The factor holds the count of the whole batch, so that the division into chunks changes nothing.</summary>
    private sealed record TokenWork(List<Chunk> Chunks, int Count, double Factor)
    {
        public double[] Sums { get; } = new double[Chunks.Count];

        public double? Mean => Count == 0 ? null : Sums.Sum() / Count;
    }
}
