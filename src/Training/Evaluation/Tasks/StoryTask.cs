using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>
/// Stories of pictures and sentences: what is missing from one is found among all that are missing, the pictures are found from the sentences
/// and the sentences from the pictures, and the right order is told from a shuffled one. Several stories may tell the same pictures: each content
/// asks once and is one candidate, right for all that it occurs with, and the stories of the same pictures count as one draw.
/// </summary>
/// <param name="scores">Names of the similarities wanted; null for all.</param>
internal sealed class StoryTask(StorySet set, IReadOnlyCollection<string>? scores = null) : IEvaluationTask
{
    private readonly Similarity[] similarities =
        [.. ((Similarity[])[Similarity.Summary, Similarity.Alignment, .. Similarity.Others]).Where(similarity => scores?.Contains(similarity.Name) ?? true)];

    private readonly string[] ids = [.. set.Items.Select(static story => story.Id)];

    /// <summary>For each story the first one of the same pictures in the same order.</summary>
    private readonly string[] sequences = FirstOfSamePictures(set.Items);

    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken) =>
        Missing(model, cancellationToken).Concat(Sequences(model, cancellationToken));

    private IEnumerable<MeasureResult> Missing(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var toPicture = Encode(model, static story => story.SelectMany(Both).SkipLast(1), cancellationToken);
        var toText = Encode(model, static story => story.SelectMany(static step => Both(step).Reverse()).SkipLast(1), cancellationToken);
        var captionAlone = Encode(model, static story => [Text(story[^1])], cancellationToken);
        var pictures = Encode(model, static story => [Picture(story[^1])], cancellationToken);
        var texts = Encode(model, static story => [Text(story[^1])], cancellationToken);
        var parallel = InParallel(model, cancellationToken);
        foreach (var similarity in similarities.Where(static s => s == Similarity.Summary || s == Similarity.Alignment || s.Name == "MaxSim"))
        {
            foreach (var measure in Retrieve("all but the last picture to that picture", similarity, toPicture, pictures, parallel))
                yield return measure;
            foreach (var measure in Retrieve("all but the last text to that text", similarity, toText, texts, parallel))
                yield return measure;
            foreach (var measure in Retrieve("the last text alone to its picture", similarity, captionAlone, pictures, parallel))
                yield return measure;
        }
    }

    private IEnumerable<MeasureResult> Sequences(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var texts = Encode(model, static story => story.Select(Text), cancellationToken);
        var pictures = Encode(model, static story => story.Select(Picture), cancellationToken);
        var shuffledTexts = Encode(model, story => Shuffle(story).Select(Text), cancellationToken);
        var shuffledPictures = Encode(model, story => Shuffle(story).Select(Picture), cancellationToken);
        var parallel = InParallel(model, cancellationToken);
        foreach (var similarity in similarities)
        {
            foreach (var measure in Retrieve("texts to their pictures in order", similarity, texts, pictures, parallel))
                yield return measure;
            foreach (var measure in Retrieve("pictures to their texts in order", similarity, pictures, texts, parallel))
                yield return measure;
            yield return Order("pictures in order or shuffled, by the texts", similarity, texts, pictures, shuffledPictures, cancellationToken);
            yield return Order("texts in order or shuffled, by the pictures", similarity, pictures, texts, shuffledTexts, cancellationToken);
        }
    }

    private StoryContents Encode(IEvaluatedModel model, Func<IReadOnlyList<StoryStep>, IEnumerable<DocumentPart>> content, CancellationToken cancellationToken)
    {
        var pool = new ContentPool();
        var rows = set.Items.Select(story => pool.Add(content(story.Steps), story.Id)).ToArray();
        return new StoryContents(pool.Encode(model, set.Pictures, cancellationToken), rows);
    }

    private IEnumerable<MeasureResult> Retrieve(string task, Similarity similarity, StoryContents queries, StoryContents candidates, ParallelOptions parallel)
    {
        var count = queries.Table.Count;
        var right = Pairing.RightOnes(count, queries.Rows.Zip(candidates.Rows));
        var groups = Groups(Pairing.Names(count, queries.Rows.Zip(sequences)));
        var measures = RetrievalTask.Measure(
            task, similarity, Pairing.Names(count, queries.Rows.Zip(ids)), queries.Table, candidates.Table, right, similarity == Similarity.Alignment, parallel);
        return measures.Select(measure => measure with { Groups = groups });
    }

    private MeasureResult Order(string task, Similarity similarity, StoryContents queries, StoryContents ordered, StoryContents shuffled, CancellationToken cancellationToken)
    {
        var outcomes = Enumerable.Range(0, ids.Length)
            .Select(i =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return ChoiceMeasure.Of(
                    similarity.Of(queries.Table, queries.Rows[i], ordered.Table, ordered.Rows[i]), similarity.Of(queries.Table, queries.Rows[i], shuffled.Table, shuffled.Rows[i]));
            })
            .ToArray();
        return new MeasureResult(task, similarity.Name, "accuracy", Aggregate.Mean, ids, outcomes, ChoiceMeasure.Random)
        {
            Groups = Groups(sequences),
            IsHeadline = similarity == Similarity.Alignment || similarity.Name == "mean",
        };
    }

    private static ParallelOptions InParallel(IEvaluatedModel model, CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = model.Threads, CancellationToken = cancellationToken };

    /// <returns>Null where no two were drawn together.</returns>
    private static string[]? Groups(string[] names) => names.Distinct(StringComparer.Ordinal).Count() == names.Length ? null : names;

    private static string[] FirstOfSamePictures(IReadOnlyList<Story> stories)
    {
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        return
        [
            .. stories.Select(story =>
            {
                // No path holds a NUL.
                var pictures = string.Join('\0', story.Steps.Select(static step => step.Picture));
                if (!first.TryGetValue(pictures, out var id))
                    first.Add(pictures, id = story.Id);
                return id;
            }),
        ];
    }

    private static IEnumerable<DocumentPart> Both(StoryStep step) => [Text(step), Picture(step)];

    private static DocumentPart Text(StoryStep step) => new TextPart(step.Text);

    private static DocumentPart Picture(StoryStep step) => PictureFolder.Part(step.Picture);

    /// <summary>An order that is not the right one; the same for the same story.</summary>
    private static StoryStep[] Shuffle(IReadOnlyList<StoryStep> steps)
    {
        var state = steps.Aggregate((ulong)steps.Count, static (hash, step) => step.Text.Aggregate(hash, static (h, c) => h * 31 + c));
        var order = Enumerable.Range(0, steps.Count).ToArray();
        do
        {
            for (var i = order.Length - 1; i > 0; i--)
            {
                var j = (int)(SplitMix64.Next(ref state) % (ulong)(i + 1));
                (order[i], order[j]) = (order[j], order[i]);
            }
        }
        while (order.SequenceEqual(Enumerable.Range(0, steps.Count)));
        return Array.ConvertAll(order, i => steps[i]);
    }
}
