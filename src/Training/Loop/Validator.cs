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

/// <summary>
/// Measures a model on validation samples that are the same for every run, step and seed. They are many more than a step's, and are laid out a few at a time: a validation
/// that takes several times a step's memory leaves the process that large.
/// </summary>
internal sealed class Validator
{
    /// <summary>Of the order of its samples, whatever the run's own is.</summary>
    internal const ulong Seed = 0;

    private readonly BatchDrawer drawer;
    private readonly ChunkPass pass;
    private readonly LossSettings losses;
    private readonly PassWorkers workers;
    private readonly int chunkTokens;
    private readonly int slice;

    /// <param name="slice">Sequences that are laid out at a time.</param>
    public Validator(UnifiedModel model, Recipe recipe, ITrainingData data, TeacherEnsemble? teachers, ChunkPass pass, PassWorkers workers, int slice = 64)
    {
        this.slice = slice;
        this.pass = pass;
        this.workers = workers;
        chunkTokens = recipe.Compute.ChunkTokens;
        losses = Resized(recipe.Losses, data, recipe.Evaluation.Samples);
        drawer = new BatchDrawer(model, recipe with { Seed = Seed, Losses = losses }, data, DataSplit.Validation, teachers, workers);
    }

    public ValidationResult Run()
    {
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        using var scope = NewDisposeScope();
        if (drawer.Regions(0) is { } regions)
            Regions(regions, measures);
        if (drawer.Pairs(0) is var (pairs, sides))
            Pairs(pairs, Vectors(sides, pass.Summaries, static _ => 1).Vectors, measures);
        if (drawer.Parts(0) is { } parts)
            Parts(parts, measures);
        if (drawer.Sequences(0) is var (target, documents))
        {
            var (vectors, lengths) = Vectors(documents, pass.Parts, static s => s.Parts);
            // The aligner refuses vectors that are no numbers.
            measures["sequences"] = !vectors.isfinite().all().item<bool>() ? double.NaN : new SimilarityMatrixLoss(losses.Sequences!.Similarity).Evaluate(vectors, lengths, target).Loss;
        }

        Tokens("captions", drawer.Captions(0), measures);
        Tokens("dialogues", drawer.Dialogues(0), measures);
        var read = drawer.Documents(0);
        Tokens("documents", new Unlaid(read.Count, i => read[i]), measures);
        return new ValidationResult(measures);
    }

    /// <summary>The recipe's losses over as many samples as are to be measured, without those that have no validation samples.</summary>
    internal static LossSettings Resized(LossSettings losses, ITrainingData data, int samples)
    {
        const int DocumentTokens = 8192;
        const DataSplit Split = DataSplit.Validation;
        var half = Math.Max(2, samples / 2);
        return new LossSettings
        {
            Regions = losses.Regions is { } r && Held(r.Sources, data.Regions(Split)) is { } regions ? r with { Batch = half, Sources = regions } : null,
            Pairs = losses.Pairs is { } p && Held(p.Sources, data.Pairs(Split)) is { } pairs ? p with { Groups = samples, Sources = pairs } : null,
            Captions = losses.Captions is { } c && Held(c.Sources, data.Captions(Split)) is { } captions ? c with { Batch = half, Sources = captions } : null,
            Dialogues = losses.Dialogues is { } d && Held(d.Sources, data.Dialogues(Split)) is { } dialogues ? d with { Batch = half, Sources = dialogues } : null,
            Documents = losses.Documents is { } t && Held(t.Sources, data.Documents(Split)) is { } documents ? t with { Tokens = DocumentTokens, Sources = documents } : null,
            Parts = losses.Parts is { } v && Held(v.Sources, data.Parts(Split)) is { } parts ? v with { Batch = Math.Max(1, half / 4), Sources = parts } : null,
            Sequences = losses.Sequences is { } s && Held(s.Sources, data.Sequences(Split)) is { } sequences ? s with { Batch = half, Sources = sequences } : null,
        };
    }

    /// <returns>The shares of those sources that the split has; null where it has none of them.</returns>
    private static IReadOnlyDictionary<string, double>? Held<T>(IReadOnlyDictionary<string, double> shares, IReadOnlyDictionary<string, ISampleSource<T>> available)
    {
        if (available.Count == 0)
            return null;
        if (shares.Count == 0)
            return shares;
        var held = shares.Where(share => available.ContainsKey(share.Key)).ToDictionary();
        return held.Values.Any(static share => share > 0) ? held : null;
    }

    private void Regions(Unlaid pictures, SortedDictionary<string, double> measures)
    {
        var (sum, words, hits, cells) = (0.0, 0, 0, 0);
        foreach (var bit in Slices(pictures))
        {
            var chunks = Chunk.Divide(bit, chunkTokens, workers.Threads);
            var made = new (double Sum, int Hits, int Cells)[chunks.Count];
            workers.Run(chunks.Count, c =>
            {
                using var noGradients = no_grad();
                using var scope = NewDisposeScope();
                var (logProbabilities, words, rows) = pass.RegionPredictions(chunks[c]);
                var best = logProbabilities.argmax(1).cpu().data<long>();
                var targets = chunks[c].Sequences.SelectMany(static picture => picture.Targets).ToArray();
                made[c] = (-logProbabilities.flatten().index_select(0, words).sum().ToDouble(), rows.Where((row, i) => best[row] == targets[i]).Count(), best.Length);
            });
            (sum, hits, cells) = (sum + made.Sum(static m => m.Sum), hits + made.Sum(static m => m.Hits), cells + made.Sum(static m => m.Cells));
            words += bit.Sum(static picture => picture.Places.Length);
        }

        if (words == 0)
            return;
        measures["regions"] = sum / words;
        measures["regions.words"] = (double)hits / cells;
    }

    private void Parts(PartsBatch batch, SortedDictionary<string, double> measures)
    {
        var (vectors, _) = Vectors(new Unlaid(batch.Sequences.Count, i => batch.Sequences[i]), pass.Parts, static s => s.Parts);
        measures["parts.nearest"] = SupervisedContrast.Evaluate(vectors, batch.Meanings, InfoNce.InitialLogScale).Accuracy;
    }

    /// <param name="vectors">[2B,D]</param>
    private static void Pairs(PairBatch batch, Tensor vectors, SortedDictionary<string, double> measures)
    {
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

    private void Tokens(string name, Unlaid? sequences, SortedDictionary<string, double> measures)
    {
        var (sum, exact, tokens, asked) = (0.0, 0, 0, 0);
        foreach (var bit in sequences is null ? [] : Slices(sequences))
        {
            var wanted = bit.Where(static s => s.Places.Length > 0).ToList();
            if (wanted.Count == 0)
                continue;
            var made = Tokens(wanted);
            (sum, exact) = (sum + made.Sum, exact + made.Exact);
            (tokens, asked) = (tokens + wanted.Sum(static s => s.Places.Length), asked + wanted.Count);
        }

        if (asked == 0)
            return;
        measures[name] = sum / tokens;
        if (name == "dialogues")
            measures["dialogues.exact"] = (double)exact / asked;
    }

    private (double Sum, int Exact) Tokens(List<TrainingSequence> asked)
    {
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
        return (sums.Sum(), exact.Sum());
    }

    /// <returns>[R,D] and how many rows each sequence has.</returns>
    private (Tensor Vectors, int[] Lengths) Vectors(Unlaid sequences, Func<Chunk, Tensor> forward, Func<TrainingSequence, int> rows)
    {
        var (vectors, lengths) = (new List<Tensor>(), new List<int>());
        foreach (var bit in Slices(sequences))
        {
            int[] own = [.. bit.Select(rows)];
            using var work = new VectorWork(bit, (chunk, _) => (forward(chunk), null), own, chunkTokens, workers.Threads, recompute: true);
            var actions = work.Forward().ToList();
            workers.Run(actions.Count, i => actions[i]());
            vectors.Add(work.Gather());
            lengths.AddRange(own);
        }

        return (cat([.. vectors]), [.. lengths]);
    }

    /// <summary>A few at a time; they are given up when the next ones are asked for.</summary>
    private IEnumerable<TrainingSequence[]> Slices(Unlaid sequences)
    {
        for (var first = 0; first < sequences.Count; first += slice)
        {
            var laid = new TrainingSequence[Math.Min(slice, sequences.Count - first)];
            var begin = first;
            try
            {
                workers.Run(laid.Length, i => laid[i] = sequences.Lay(begin + i));
                yield return laid;
            }
            finally
            {
                foreach (var sequence in laid)
                    sequence?.Dispose();
            }
        }
    }
}
