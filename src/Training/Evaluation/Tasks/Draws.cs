namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Which items were drawn together: those that share something, such as their picture, and those that share something with these.</summary>
internal static class Draws
{
    /// <param name="keys">For each item what it may share with others; nothing for an item that was drawn alone.</param>
    /// <param name="ids">Of the items.</param>
    /// <returns>For each item the id of the first one of its draw and, where an id occurs twice, its place; null where no two were drawn together.</returns>
    public static string[]? Of<TKey>(IReadOnlyList<string> ids, IEnumerable<IEnumerable<TKey>> keys)
        where TKey : notnull
    {
        var parents = Enumerable.Range(0, ids.Count).ToArray();
        var firstWith = new Dictionary<TKey, int>();
        var item = 0;
        foreach (var own in keys)
        {
            foreach (var key in own)
            {
                if (!firstWith.TryAdd(key, item))
                    Join(parents, firstWith[key], item);
            }

            item++;
        }

        var draws = Array.ConvertAll(parents, parent => Root(parents, parent));
        if (draws.Distinct().Count() == ids.Count)
            return null;
        var unique = ids.Distinct(StringComparer.Ordinal).Count() == ids.Count;
        return Array.ConvertAll(draws, first => unique ? ids[first] : $"{ids[first]}#{first}");
    }

    /// <summary>The lower one stays the root, so that it is the first item of the draw.</summary>
    private static void Join(int[] parents, int a, int b)
    {
        (a, b) = (Root(parents, a), Root(parents, b));
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }

    private static int Root(int[] parents, int item)
    {
        while (parents[item] != item)
            item = parents[item] = parents[parents[item]];
        return item;
    }
}
