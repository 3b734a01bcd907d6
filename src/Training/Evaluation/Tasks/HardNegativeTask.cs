using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>
/// The picture chooses between its caption and the wrong one; where the wrong one has a picture too, the caption chooses between the two.
/// Items over the same picture or the same two captions count as one draw. Beside it what the model's decoder would choose from the captions alone.
/// </summary>
internal sealed class HardNegativeTask(HardNegativeSet set) : IEvaluationTask
{
    private const string Accuracy = "accuracy";
    private const string All = "all kinds";

    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var pool = new ContentPool();
        var rows = set.Items
            .Select(item => (Picture: pool.Picture(item.Picture), Caption: pool.Text(item.Caption), Negative: pool.Text(item.NegativeCaption), Other: item.NegativePicture is { } other ? pool.Picture(other) : -1))
            .ToArray();
        var table = pool.Encode(model, set.Pictures, cancellationToken);
        var textOnly = TextOnly(model, cancellationToken);
        foreach (var similarity in (Similarity[])[Similarity.Summary, Similarity.Alignment])
        {
            var byCaption = Array.ConvertAll(rows, row => ChoiceMeasure.Of(similarity.Of(table, row.Picture, row.Caption), similarity.Of(table, row.Picture, row.Negative)));
            var byPicture = Array.ConvertAll(rows, row => row.Other < 0
                ? (double?)null
                : ChoiceMeasure.Of(similarity.Of(table, row.Caption, row.Picture), similarity.Of(table, row.Caption, row.Other)));
            foreach (var (kind, items) in Kinds())
            {
                yield return Measure($"{kind}: picture chooses caption", similarity.Name, items, i => byCaption[i]) with
                {
                    TextOnly = Measure($"{kind}: captions alone", "likelihood", items, i => textOnly[i]),
                    IsHeadline = similarity == Similarity.Summary,
                };
                var both = items.Where(i => byPicture[i] is not null).ToList();
                if (both.Count > 0)
                    yield return Measure($"{kind}: caption chooses picture", similarity.Name, both, i => byPicture[i]!.Value);
            }
        }
    }

    private double[] TextOnly(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var texts = set.Items.SelectMany(static item => (string[])[item.Caption, item.NegativeCaption]).Distinct(StringComparer.Ordinal).ToList();
        var likelihoods = texts.Zip(model.LogLikelihood(texts, cancellationToken)).ToDictionary(StringComparer.Ordinal);
        return [.. set.Items.Select(item => ChoiceMeasure.Of(likelihoods[item.Caption], likelihoods[item.NegativeCaption]))];
    }

    /// <summary>The indices of each kind's items, and of all where there are several kinds.</summary>
    private IEnumerable<(string Kind, List<int> Items)> Kinds()
    {
        var kinds = Enumerable.Range(0, set.Items.Count).GroupBy(i => set.Items[i].Kind, StringComparer.Ordinal).Select(static g => (g.Key, g.ToList())).ToList();
        return kinds.Count > 1 ? kinds.Append((All, Enumerable.Range(0, set.Items.Count).ToList())) : kinds;
    }

    private MeasureResult Measure(string task, string score, List<int> items, Func<int, double> outcome)
    {
        var ids = items.ConvertAll(i => set.Items[i].Id);
        return new(task, score, Accuracy, Aggregate.Mean, ids, [.. items.Select(outcome)], ChoiceMeasure.Random)
        {
            Groups = Draws.Of(ids, items.Select(i => Shared(set.Items[i]))),
        };
    }

    /// <summary>The picture, and the two captions, whichever is right: mirrored items are drawn together.</summary>
    private static (string, string?)[] Shared(HardNegative item) =>
    [
        (item.Picture, null),
        string.CompareOrdinal(item.Caption, item.NegativeCaption) < 0 ? (item.Caption, item.NegativeCaption) : (item.NegativeCaption, item.Caption),
    ];
}
