using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Training.Layout;

/// <summary>Draws and lays out batches: batch i is a function of recipe, data and i alone.</summary>
internal sealed class BatchDrawer : IBatchSource
{
    private readonly SampleLayout layout;
    private readonly PassWorkers workers;
    private readonly LossSettings losses;
    private readonly SourceMix<RegionSample>? regions;
    private readonly SourceMix<PairGroup>? pairs;
    private readonly SourceMix<CaptionSample>? captions;
    private readonly SourceMix<DialogueSample>? dialogues;
    private readonly SourceMix<Content>? documents;
    private readonly SourceMix<PartsSample>? parts;
    private readonly SourceMix<SequenceSample>? sequences;
    private readonly TeacherEnsemble? teachers;

    /// <param name="teachers">Needed where the recipe has L_d.</param>
    /// <exception cref="Model.Configuration.ConfigException">The recipe names a source that the data lacks.</exception>
    public BatchDrawer(UnifiedModel model, Recipe recipe, ITrainingData data, DataSplit split, TeacherEnsemble? teachers, PassWorkers workers)
    {
        this.teachers = teachers;
        layout = new SampleLayout(model);
        this.workers = workers;
        losses = recipe.Losses;
        regions = losses.Regions is { } r ? new(recipe.Path, "losses.regions", r.Sources, data.Regions(split), recipe.Seed) : null;
        pairs = losses.Pairs is { } p ? new(recipe.Path, "losses.pairs", p.Sources, data.Pairs(split), recipe.Seed) : null;
        captions = losses.Captions is { } c ? new(recipe.Path, "losses.captions", c.Sources, data.Captions(split), recipe.Seed) : null;
        dialogues = losses.Dialogues is { } d ? new(recipe.Path, "losses.dialogues", d.Sources, data.Dialogues(split), recipe.Seed) : null;
        documents = losses.Documents is { } t ? new(recipe.Path, "losses.documents", t.Sources, data.Documents(split), recipe.Seed) : null;
        parts = losses.Parts is { } v ? new(recipe.Path, "losses.parts", v.Sources, data.Parts(split), recipe.Seed) : null;
        sequences = losses.Sequences is { } s ? new(recipe.Path, "losses.sequences", s.Sources, data.Sequences(split), recipe.Seed) : null;
    }

    public StepBatch Draw(ulong index) => new(
        regions is null ? [] : Regions(index, losses.Regions!.Batch),
        pairs is null ? null : Pairs(index, losses.Pairs!.Groups),
        captions is null ? [] : Captions(index, losses.Captions!.Batch),
        dialogues is null ? [] : Dialogues(index, losses.Dialogues!.Batch),
        documents is null ? [] : Documents(index, losses.Documents!.Tokens),
        parts is null ? null : Parts(index, losses.Parts!.Batch),
        sequences is null ? null : Sequences(index, losses.Sequences!));

    /// <summary>Batch <paramref name="index"/> of batches of <paramref name="count"/> groups.</summary>
    private PairBatch Pairs(ulong index, int count)
    {
        var groups = Each(count, i => pairs!.Get(index * (ulong)count + (ulong)i));
        var all = groups.SelectMany(static group => group.Pairs).ToList();
        var sides = Each(2 * all.Count, i => i < all.Count ? layout.Left(all[i], losses.Pairs!) : layout.Embedded(all[i - all.Count].Right));
        return PairBatch.Of(groups, sides);
    }

    private TrainingSequence[] Regions(ulong index, int count) =>
        Each(count, i => layout.Regions(regions!.Get(index * (ulong)count + (ulong)i)));

    private TrainingSequence[] Captions(ulong index, int count) =>
        Each(count, i => layout.Captioned(captions!.Get(index * (ulong)count + (ulong)i), losses.Captions!.Sees));

    private TrainingSequence[] Dialogues(ulong index, int count) =>
        Each(count, i =>
        {
            var answered = layout.Answered(dialogues!.Get(index * (ulong)count + (ulong)i));
            var length = answered.Places.Length;
            return answered with
            {
                TokenWeight = losses.Dialogues!.Averaging switch
                {
                    AnswerAveraging.Root => 1 / Math.Sqrt(length),
                    AnswerAveraging.Samples => 1.0 / length,
                    _ => 1,
                },
            };
        });

    private PartsBatch Parts(ulong index, int count)
    {
        var samples = Each(count, i => parts!.Get(index * (ulong)count + (ulong)i));
        var views = samples.SelectMany(static (sample, s) => sample.Views.Select(view => (Sample: s, View: view))).ToArray();
        var laid = Each(views.Length, i => layout.Parts(views[i].View));

        // Numbers of the batch for those of the samples; a part without one gets one that no other part has.
        var numbers = new Dictionary<(int Sample, int Meaning), int>();
        var meanings = new List<int>();
        var next = 0;
        for (var v = 0; v < laid.Length; v++)
        {
            foreach (var meaning in laid[v].Meanings)
            {
                if (meaning is not { } known)
                    meanings.Add(next++);
                else if (numbers.TryGetValue((views[v].Sample, known), out var number))
                    meanings.Add(number);
                else
                    meanings.Add(numbers[(views[v].Sample, known)] = next++);
            }
        }

        return new PartsBatch([.. laid.Select(static l => l.Sequence)], [.. meanings]);
    }

    private SequenceBatch Sequences(ulong index, SequenceLossSettings settings)
    {
        var samples = Each(settings.Batch, i => sequences!.Get(index * (ulong)settings.Batch + (ulong)i));
        var laid = Each(samples.Length, i => layout.Embedded(new Content([.. samples[i].Parts.Select(static p => p.Part)])));
        return new SequenceBatch(laid, teachers!.Target(samples, settings.Similarity));
    }

    /// <summary>Documents are of all lengths: each batch has a thousand numbers of its own and takes as many as it needs.</summary>
    private List<TrainingSequence> Documents(ulong index, int tokens)
    {
        const ulong Stride = 1024;
        var taken = new List<TrainingSequence>();
        var left = tokens;
        for (var i = 0UL; left > 0 && i < Stride; i++)
        {
            foreach (var window in layout.Read(documents!.Get(index * Stride + i)))
            {
                if (left <= 0 || window.Places.Length == 0)
                {
                    window.Dispose();
                    continue;
                }

                left -= window.Tokens;
                taken.Add(window);
            }
        }

        return taken;
    }

    private T[] Each<T>(int count, Func<int, T> make)
    {
        var made = new T[count];
        workers.Run(count, i => made[i] = make(i));
        return made;
    }
}
