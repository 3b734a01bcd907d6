namespace UnifiedVlm.Training.Data.Emoji;

/// <summary>Which source pixels make a target pixel along one side, and with which weights; they add up to 1.</summary>
internal sealed class TriangleFilter
{
    private readonly int[] first;
    private readonly float[][] weights;

    public TriangleFilter(int from, int to)
    {
        first = new int[to];
        weights = new float[to][];
        var scale = (double)from / to;
        var support = Math.Max(1, scale);
        for (var i = 0; i < to; i++)
        {
            var centre = (i + 0.5) * scale;
            var begin = Math.Max(0, (int)Math.Floor(centre - support + 0.5));
            var end = Math.Min(from, (int)Math.Floor(centre + support + 0.5));
            var values = new double[end - begin];
            for (var k = 0; k < values.Length; k++)
                values[k] = Math.Max(0, 1 - (Math.Abs(begin + k + 0.5 - centre) / support));
            var sum = values.Sum();
            first[i] = begin;
            weights[i] = [.. values.Select(value => (float)(value / sum))];
        }
    }

    public int First(int target) => first[target];

    public ReadOnlySpan<float> Weights(int target) => weights[target];
}
