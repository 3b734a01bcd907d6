namespace UnifiedVlm.Training.Evaluation.Tasks;

/// <summary>Queries and candidates of which each content stands once, whatever number of items it occurs in.</summary>
internal static class Pairing
{
    /// <returns>For each query the candidates that it occurs with in some item.</returns>
    public static int[][] RightOnes(int queries, IEnumerable<(int Query, int Candidate)> pairs)
    {
        var right = Enumerable.Range(0, queries).Select(static _ => new HashSet<int>()).ToArray();
        foreach (var (query, candidate) in pairs)
            right[query].Add(candidate);
        return Array.ConvertAll(right, static candidates => candidates.ToArray());
    }

    /// <returns>The first name of each row.</returns>
    public static string[] Names(int rows, IEnumerable<(int Row, string Name)> named)
    {
        var names = new string[rows];
        foreach (var (row, name) in named)
            names[row] ??= name;
        return names;
    }
}
