using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Losses;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Teachers;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>Measures a model on validation samples that are the same for every run, step and seed.</summary>
internal sealed class Validator
{
    private readonly BatchDrawer drawer;
    private readonly ChunkPass pass;
    private readonly LossSettings losses;
    private readonly PassWorkers workers;
    private readonly int chunkTokens;

    public Validator(UnifiedModel model, Recipe recipe, ITrainingData data, TeacherEnsemble? teachers, ChunkPass pass, PassWorkers workers)
    {
        this.pass = pass;
        this.workers = workers;
        chunkTokens = recipe.Compute.ChunkTokens;
        losses = Resized(recipe.Losses, data, recipe.Evaluation.Samples);
        drawer = new BatchDrawer(model, recipe with { Seed = 0, Losses = losses }, data, DataSplit.Validation, teachers, workers);
    }

    public ValidationResult Run()
    {
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        using var scope = NewDisposeScope();
        using var batch = drawer.Draw(0);
        if (batch.Regions.Count > 0)
            Regions(batch.Regions, measures);
        if (batch.Pairs is { } pairs)
            Pairs(pairs, measures);
        if (batch.Parts is { } parts)
        {
            var value = SupervisedContrast.Evaluate(Vectors(parts.Sequences, pass.Parts, parts.Lengths), parts.Meanings, InfoNce.InitialLogScale);
            measures["parts.nearest"] = value.Accuracy;
        }

        if (batch.Sequences is { } sequences)
            measures["sequences"] = new SimilarityMatrixLoss(losses.Sequences!.Similarity).Evaluate(Vectors(sequences.Sequences, pass.Parts, sequences.Lengths), sequences.Lengths, sequences.Target).Loss;
        Tokens("captions", batch.Captions, measures);
        Tokens("dialogues", batch.Dialogues, measures);
        Tokens("documents", batch.Documents, measures);
        return new ValidationResult(measures);
    }

    /// <summary>The recipe's losses over as many samples as are to be measured, without those that have no validation samples.</summary>
    private static LossSettings Resized(LossSettings losses, ITrainingData data, int samples)
    {
        const int DocumentTokens = 8192;
        const DataSplit Split = DataSplit.Validation;
        var half = Math.Max(2, samples / 2);
        return new LossSettings
        {
            Regions = data.Regions(Split).Count > 0 && losses.Regions is { } r ? r with { Batch = half } : null,
            Pairs = data.Pairs(Split).Count > 0 && losses.Pairs is { } p ? p with { Groups = samples } : null,
            Captions = data.Captions(Split).Count > 0 && losses.Captions is { } c ? c with { Batch = half } : null,
            Dialogues = data.Dialogues(Split).Count > 0 && losses.Dialogues is { } d ? d with { Batch = half } : null,
            Documents = data.Documents(Split).Count > 0 && losses.Documents is { } t ? t with { Tokens = DocumentTokens } : null,
            Parts = data.Parts(Split).Count > 0 && losses.Parts is { } v ? v with { Batch = Math.Max(1, half / 4) } : null,
            Sequences = data.Sequences(Split).Count > 0 && losses.Sequences is { } s ? s with { Batch = half } : null,
        };
    }

    private void Regions(IReadOnlyList<TrainingSequence> pictures, SortedDictionary<string, double> measures)
    {
        var chunks = Chunk.Divide(pictures, chunkTokens, workers.Threads);
        var (sums, hits, cells) = (new double[chunks.Count], new int[chunks.Count], new int[chunks.Count]);
        workers.Run(chunks.Count, c =>
        {
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            var (logProbabilities, words, rows) = pass.RegionPredictions(chunks[c]);
            sums[c] = -logProbabilities.flatten().index_select(0, words).sum().ToDouble();
            var best = logProbabilities.argmax(1).cpu().data<long>();
            var targets = chunks[c].Sequences.SelectMany(static picture => picture.Targets).ToArray();
            hits[c] = rows.Where((row, i) => best[row] == targets[i]).Count();
            cells[c] = best.Length;
        });
        measures["regions"] = sums.Sum() / pictures.Sum(static picture => picture.Places.Length);
        measures["regions.words"] = (double)hits.Sum() / cells.Sum();
    }

    private void Pairs(PairBatch batch, SortedDictionary<string, double> measures)
    {
        var vectors = Vectors(batch.Sides, pass.Summaries, [.. batch.Sides.Select(static _ => 1)]);
        var count = batch.Count;

        // [B,D] x [D,B]
        var cosines = vectors.narrow(0, 0, count).matmul(vectors.narrow(0, count, count).transpose(0, 1));
        if (batch.TwinMask(vectors.device) is { } twins)
            cosines = cosines.masked_fill(twins, -2);
        var values = cosines.cpu().contiguous().data<float>();
        int left = 0, right = 0, grouped = 0, withNeighbours = 0;
        for (var i = 0; i < count; i++)
        {
            var own = values[i * count + i];
            left += Enumerable.Range(0, count).All(j => j == i || values[i * count + j] < own) ? 1 : 0;
            right += Enumerable.Range(0, count).All(j => j == i || values[j * count + i] < own) ? 1 : 0;
            var neighbours = Enumerable.Range(0, count).Where(j => j != i && batch.Groups[j] == batch.Groups[i]).ToList();
            if (neighbours.Count == 0)
                continue;
            withNeighbours++;
            grouped += neighbours.All(j => values[i * count + j] < own) ? 1 : 0;
        }

        measures["pairs.left"] = (double)left / count;
        measures["pairs.right"] = (double)right / count;
        if (withNeighbours > 0)
            measures["pairs.groups"] = (double)grouped / withNeighbours;
    }

    private void Tokens(string name, IReadOnlyList<TrainingSequence> sequences, SortedDictionary<string, double> measures)
    {
        var asked = sequences.Where(static s => s.Places.Length > 0).ToList();
        if (asked.Count == 0)
            return;
        var chunks = Chunk.Divide(asked, chunkTokens, workers.Threads);
        var sums = new double[chunks.Count];
        var exact = new int[chunks.Count];
        workers.Run(chunks.Count, c =>
        {
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            var (logits, targets) = pass.Predictions(chunks[c]);
            sums[c] = nn.functional.cross_entropy(logits, targets, reduction: Reduction.Sum).ToDouble();
            var hits = logits.argmax(1).eq(targets).cpu().data<bool>().AsSpan();
            foreach (var sequence in chunks[c].Sequences)
            {
                // All likeliest after the right beginning: so greedy decoding gives this very answer.
                exact[c] += hits[..sequence.Places.Length].Contains(false) ? 0 : 1;
                hits = hits[sequence.Places.Length..];
            }
        });
        measures[name] = sums.Sum() / asked.Sum(static s => s.Places.Length);
        if (name == "dialogues")
            measures["dialogues.exact"] = (double)exact.Sum() / asked.Count;
    }

    private Tensor Vectors(IReadOnlyList<TrainingSequence> sequences, Func<Chunk, Tensor> forward, int[] rows)
    {
        using var work = new VectorWork(sequences, (chunk, _) => (forward(chunk), null), rows, chunkTokens, workers.Threads, recompute: true);
        var actions = work.Forward().ToList();
        workers.Run(actions.Count, i => actions[i]());
        return work.Gather();
    }
}
