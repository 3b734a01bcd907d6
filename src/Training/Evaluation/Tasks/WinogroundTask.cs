using UnifiedVlm.Training.Evaluation.Measures;
using UnifiedVlm.Training.Evaluation.Probes;
using UnifiedVlm.Training.Evaluation.Results;
using UnifiedVlm.Training.Evaluation.Sets;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Winoground's text, image and group scores, over all items and by the dataset's own tags.</summary>
internal sealed class WinogroundTask(WinogroundSet set) : IEvaluationTask
{
    private const string All = "all";

    public IEnumerable<MeasureResult> Run(IEvaluatedModel model, CancellationToken cancellationToken)
    {
        var pool = new ContentPool();
        var rows = set.Items
            .Select(item => (I0: pool.Picture(item.Picture0), I1: pool.Picture(item.Picture1), C0: pool.Text(item.Caption0), C1: pool.Text(item.Caption1)))
            .ToArray();
        var table = pool.Encode(model, set.Pictures, cancellationToken);
        foreach (var similarity in (Similarity[])[Similarity.Summary, Similarity.Alignment])
        {
            var scores = Array.ConvertAll(rows, row => WinogroundMeasure.Of(
                similarity.Of(table, row.I0, row.C0), similarity.Of(table, row.I0, row.C1), similarity.Of(table, row.I1, row.C0), similarity.Of(table, row.I1, row.C1)));
            foreach (var (kind, items) in Kinds())
            {
                foreach (var (name, read) in Parts)
                {
                    yield return new MeasureResult(
                        kind, similarity.Name, name, Aggregate.Mean, items.ConvertAll(i => set.Items[i].Id), [.. items.Select(i => read(scores[i]))], read(WinogroundMeasure.Random))
                    {
                        IsHeadline = similarity == Similarity.Summary && kind == All,
                    };
                }
            }
        }
    }

    private static IReadOnlyList<(string Name, Func<WinogroundMeasure, double> Read)> Parts { get; } =
        [("text", static s => s.Text), ("image", static s => s.Image), ("group", static s => s.Group)];

    private IEnumerable<(string Kind, List<int> Items)> Kinds()
    {
        var all = Enumerable.Range(0, set.Items.Count).ToList();
        var kinds = all.Where(i => set.Items[i].Kind is not null).GroupBy(i => set.Items[i].Kind!, StringComparer.Ordinal).ToList();
        return kinds.Count > 1 ? kinds.Select(static g => (g.Key, g.ToList())).Prepend((All, all)) : [(All, all)];
    }
}
