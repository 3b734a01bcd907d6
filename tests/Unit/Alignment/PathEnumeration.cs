namespace UnifiedVlm.Tests.Unit.Alignment;

/// <summary>Every order-keeping alignment of n x m, one by one in double precision: the definition, without the recursion.</summary>
internal static class PathEnumeration
{
    public static double LogKernel(float[] x, float[] y, int dimension, double sigma) => Math.Log(
        Sums(x, y, dimension, d =>
        {
            var t = d / (2 * sigma * sigma);
            return t + Math.Log(2 - Math.Exp(-t));
        }).Sum(static sum => Math.Exp(-sum)));

    public static double Dtw(float[] x, float[] y, int dimension) => Sums(x, y, dimension, static d => d).Min();

    public static double SoftDtw(float[] x, float[] y, int dimension, double gamma) =>
        -gamma * Math.Log(Sums(x, y, dimension, static d => d).Sum(sum => Math.Exp(-sum / gamma)));

    private static List<double> Sums(float[] x, float[] y, int dimension, Func<double, double> cost)
    {
        var n = x.Length / dimension;
        var m = y.Length / dimension;
        var sums = new List<double>();
        Visit(0, 0, 0);
        return sums;

        void Visit(int i, int j, double sum)
        {
            double d = 0;
            for (var k = 0; k < dimension; k++)
                d += Math.Pow((double)x[i * dimension + k] - y[j * dimension + k], 2);
            sum += cost(d);
            if (i == n - 1 && j == m - 1)
                sums.Add(sum);
            if (i < n - 1)
                Visit(i + 1, j, sum);
            if (j < m - 1)
                Visit(i, j + 1, sum);
            if (i < n - 1 && j < m - 1)
                Visit(i + 1, j + 1, sum);
        }
    }
}
