namespace UnifiedVlm.Storage.Search;

/// <summary>Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): lists with incomparable scores are joined by rank alone.</summary>
internal static class ReciprocalRankFusion
{
    /// <summary>The paper's constant: how little the very first places stand out.</summary>
    public const int K = 60;

    /// <summary>Of the places there are, this part is each list's own: what one list alone is sure of is not lost among what several half know, where few are asked for.</summary>
    private const int Kept = 8;

    /// <summary>Joins ranked lists of ids. Ties are broken by id, so that equal questions get equal answers.</summary>
    /// <param name="lists">Each best first, an id at most once in each.</param>
    /// <returns>Best first, at most <paramref name="count"/>, with the 1-based rank in each list or null.</returns>
    public static List<FusedRank> Fuse(IReadOnlyList<IReadOnlyList<string>> lists, int count)
    {
        var fused = new Dictionary<string, FusedRank>(StringComparer.Ordinal);
        for (var list = 0; list < lists.Count; list++)
        {
            for (var i = 0; i < lists[list].Count; i++)
            {
                var id = lists[list][i];
                if (!fused.TryGetValue(id, out var entry))
                    fused[id] = entry = new FusedRank(id, new int?[lists.Count]);
                entry.Ranks[list] = i + 1;
                entry.Score += 1.0 / (K + i + 1);
            }
        }
        var heads = lists.SelectMany(list => list.Take(count / Kept)).ToHashSet(StringComparer.Ordinal);
        return [.. fused.Values
            .OrderByDescending(f => heads.Contains(f.Id)).ThenByDescending(static f => f.Score).ThenBy(static f => f.Id, StringComparer.Ordinal).Take(count)
            .OrderByDescending(static f => f.Score).ThenBy(static f => f.Id, StringComparer.Ordinal)];
    }
}

/// <summary>One id over all lists.</summary>
internal sealed class FusedRank(string id, int?[] ranks)
{
    public string Id { get; } = id;

    public int?[] Ranks { get; } = ranks;

    public double Score { get; set; }
}
