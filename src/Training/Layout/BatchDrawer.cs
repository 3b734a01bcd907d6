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
        All(Regions(index)),
        Pairs(index) is var (drawn, sides) ? drawn with { Sides = All(sides) } : null,
        All(Captions(index)),
        All(Dialogues(index)),
        Documents(index),
        Parts(index),
        Sequences(index) is var (target, laid) ? new SequenceBatch(All(laid), target) : null);

    public Unlaid? Regions(ulong index) => regions is null ? null
        : Of(index, losses.Regions!.Batch, i => layout.Regions(regions.Get(i)));

    /// <returns>The pairs without their sides, and these, the left ones first.</returns>
    public (PairBatch Pairs, Unlaid Sides)? Pairs(ulong index)
    {
        if (pairs is null)
            return null;
        var count = losses.Pairs!.Groups;
        var groups = Each(count, i => pairs.Get(index * (ulong)count + (ulong)i));
        var all = groups.SelectMany(static group => group.Pairs).ToList();
        return (PairBatch.Of(groups, []), new Unlaid(2 * all.Count, i => i < all.Count ? layout.Left(all[i], losses.Pairs) : layout.Embedded(all[i - all.Count].Right)));
    }

    public Unlaid? Captions(ulong index) => captions is null ? null
        : Of(index, losses.Captions!.Batch, i => layout.Captioned(captions.Get(i), losses.Captions.Sees));

    public Unlaid? Dialogues(ulong index) => dialogues is null ? null
        : Of(index, losses.Dialogues!.Batch, i =>
        {
            var answered = layout.Answered(dialogues.Get(i));
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

    public PartsBatch? Parts(ulong index)
    {
        if (parts is null)
            return null;
        var count = losses.Parts!.Batch;
        var samples = Each(count, i => parts.Get(index * (ulong)count + (ulong)i));
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

    /// <returns>How alike they are to the teachers, [n,n] row-major, and the n documents.</returns>
    public (float[] Target, Unlaid Documents)? Sequences(ulong index)
    {
        if (sequences is null)
            return null;
        var settings = losses.Sequences!;
        var samples = Each(settings.Batch, i => sequences.Get(index * (ulong)settings.Batch + (ulong)i));
        return (teachers!.Target(samples, settings.Similarity), new Unlaid(samples.Length, i => layout.Embedded(new Content([.. samples[i].Parts.Select(static p => p.Part)]))));
    }

    /// <summary>Documents are of all lengths: each batch has a thousand numbers of its own and takes as many as it needs.</summary>
    public IReadOnlyList<TrainingSequence> Documents(ulong index)
    {
        if (documents is null)
            return [];
        const ulong Stride = 1024;
        var taken = new List<TrainingSequence>();
        var left = losses.Documents!.Tokens;
        for (var i = 0UL; left > 0 && i < Stride; i++)
        {
            foreach (var window in layout.Read(documents.Get(index * Stride + i)))
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

    /// <summary>Samples <paramref name="index"/> * <paramref name="count"/> and those that follow.</summary>
    private static Unlaid Of(ulong index, int count, Func<ulong, TrainingSequence> lay) => new(count, i => lay(index * (ulong)count + (ulong)i));

    private TrainingSequence[] All(Unlaid? samples) => samples is null ? [] : Each(samples.Count, samples.Lay);

    private T[] Each<T>(int count, Func<int, T> make)
    {
        var made = new T[count];
        workers.Run(count, i => made[i] = make(i));
        return made;
    }
}
