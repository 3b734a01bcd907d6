namespace UnifiedVlm.Storage.Generations;

/// <summary>What looking at every vector costs: per row a fixed share for reading it, and one that grows with its dimensions (docs/storage.md).</summary>
internal static class ExactSearch
{
    private const int UsualDimension = 256;

    /// <summary>So many dimensions cost as much as reading the row they are in.</summary>
    private const int DimensionsOfRow = 512;

    /// <returns>As many rows of this dimension as take the time of <paramref name="usualRows"/> rows of 256 dimensions; at least 1.</returns>
    public static long Rows(long usualRows, int dimension) => Math.Max(1, usualRows * (UsualDimension + DimensionsOfRow) / (dimension + DimensionsOfRow));
}
