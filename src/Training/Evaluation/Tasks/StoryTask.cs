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
/// and the sentences from the pictures, and the right order is told from a shuffled one.
/// </summary>
/// <param name="scores">Names of the similarities wanted; null for all.</param>
internal sealed class StoryTask(StorySet set, IReadOnlyCollection<string>? scores = null) : IEvaluationTask
{
    private readonly Similarity[] similarities =
        [.. ((Similarity[])[Similarity.Summary, Similarity.Alignment, .. Similarity.Others]).Where(similarity => scores?.Contains(similarity.Name) ?? true)];

    private readonly string[] ids = [.. set.Items.Select(static story => story.Id)];

    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken) =>
        Missing(model, cancellationToken).Concat(Sequences(model, cancellationToken));

    private IEnumerable<MeasureResult> Missing(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var toPicture = Encode(model, static story => story.SelectMany(Both).SkipLast(1), cancellationToken);
        var toText = Encode(model, static story => story.SelectMany(static step => Both(step).Reverse()).SkipLast(1), cancellationToken);
        var captionAlone = Encode(model, static story => [Text(story[^1])], cancellationToken);
        var pictures = Encode(model, static story => [Picture(story[^1])], cancellationToken);
        var texts = Encode(model, static story => [Text(story[^1])], cancellationToken);
        foreach (var similarity in similarities.Where(static s => s == Similarity.Summary || s == Similarity.Alignment || s.Name == "MaxSim"))
        {
            foreach (var measure in Retrieve("all but the last picture to that picture", similarity, toPicture, pictures))
                yield return measure;
            foreach (var measure in Retrieve("all but the last text to that text", similarity, toText, texts))
                yield return measure;
            foreach (var measure in Retrieve("the last text alone to its picture", similarity, captionAlone, pictures))
                yield return measure;
        }
    }

    private IEnumerable<MeasureResult> Sequences(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var texts = Encode(model, static story => story.Select(Text), cancellationToken);
        var pictures = Encode(model, static story => story.Select(Picture), cancellationToken);
        var shuffledTexts = Encode(model, story => Shuffle(story).Select(Text), cancellationToken);
        var shuffledPictures = Encode(model, story => Shuffle(story).Select(Picture), cancellationToken);
        foreach (var similarity in similarities)
        {
            foreach (var measure in Retrieve("texts to their pictures in order", similarity, texts, pictures))
                yield return measure;
            foreach (var measure in Retrieve("pictures to their texts in order", similarity, pictures, texts))
                yield return measure;
            yield return Order("pictures in order or shuffled, by the texts", similarity, texts, pictures, shuffledPictures);
            yield return Order("texts in order or shuffled, by the pictures", similarity, pictures, texts, shuffledTexts);
        }
    }

    private EmbeddingTable Encode(IEvaluatedModel model, Func<IReadOnlyList<StoryStep>, IEnumerable<DocumentPart>> content, CancellationToken cancellationToken) =>
        new(model.Encode([.. set.Items.Select(story => new InterleavedDocument { Id = story.Id, Parts = [.. content(story.Steps)] })], set.Pictures, cancellationToken));

    private IEnumerable<MeasureResult> Retrieve(string task, Similarity similarity, EmbeddingTable queries, EmbeddingTable candidates) =>
        RetrievalTask.Measure(task, similarity, ids, queries, candidates, [.. Enumerable.Range(0, ids.Length).Select(static i => (int[])[i])], similarity == Similarity.Alignment);

    private MeasureResult Order(string task, Similarity similarity, EmbeddingTable queries, EmbeddingTable ordered, EmbeddingTable shuffled)
    {
        var outcomes = Enumerable.Range(0, ids.Length)
            .Select(i => ChoiceMeasure.Of(similarity.Of(queries, i, ordered, i), similarity.Of(queries, i, shuffled, i)))
            .ToArray();
        return new MeasureResult(task, similarity.Name, "accuracy", Aggregate.Mean, ids, outcomes, ChoiceMeasure.Random)
        {
            IsHeadline = similarity == Similarity.Alignment || similarity.Name == "mean",
        };
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
