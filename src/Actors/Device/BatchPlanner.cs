namespace UnifiedVlm.Actors.Device;

/// <summary>
/// Chooses a batch among documents sorted by length. Neighbours in length need little padding, so a batch is a run of them; the best run has
/// the most useful tokens for its cost, which is its tokens, what its padding costs, and the overhead of a batch.
/// </summary>
internal static class BatchPlanner
{
    /// <param name="sorted">Waiting documents, shortest first; at least one.</param>
    /// <param name="required">Index of a document the batch must contain; -1 for none.</param>
    public static (int Start, int Count) Plan(List<EncodeWork> sorted, int required, DeviceOptions options)
    {
        var best = (Start: 0, Count: 0);
        var bestRate = -1.0;
        for (var end = Math.Max(required, 0); end < sorted.Count; end++)
        {
            var longest = (long)sorted[end].Length;
            var rows = 0L;
            var useful = 0L;
            for (var start = end; start >= 0 && end - start < options.MaxBatchDocuments; start--)
            {
                rows += sorted[start].Rows;
                useful += sorted[start].Tokens;
                var cost = Cost(useful, rows, longest, options);
                if (cost > options.MaxBatchTokens && start < end)
                    break;
                if (required >= 0 && start > required)
                    continue;
                var rate = useful / (cost + options.BatchOverheadTokens);
                if (rate > bestRate)
                {
                    best = (start, end - start + 1);
                    bestRate = rate;
                }
            }
        }

        return best;
    }

    /// <summary>In tokens.</summary>
    /// <param name="rows">Windows, each filled up to <paramref name="longest"/>.</param>
    public static double Cost(long useful, long rows, long longest, DeviceOptions options) => useful + (options.PaddingCost * ((rows * longest) - useful));
}
