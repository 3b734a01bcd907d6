namespace UnifiedVlm.Tests.Unit.Alignment;

/// <summary>The log kernel's recursion in double precision and its derivatives by central differences: what the gradients are held against.</summary>
internal static class DoubleAlignment
{
    private const double Step = 1e-5;

    public static double LogKernel(double[] x, double[] y, int dimension, double sigma)
    {
        var (n, m) = (x.Length / dimension, y.Length / dimension);
        var row = Enumerable.Repeat(double.NegativeInfinity, m).ToArray();
        for (var i = 0; i < n; i++)
        {
            double left = double.NegativeInfinity, diagonal = i == 0 ? 0 : double.NegativeInfinity;
            for (var j = 0; j < m; j++)
            {
                double d = 0;
                for (var k = 0; k < dimension; k++)
                    d += Math.Pow(x[i * dimension + k] - y[j * dimension + k], 2);
                var t = d / (2 * sigma * sigma);
                var up = row[j];
                var top = Math.Max(up, Math.Max(left, diagonal));
                left = top + Math.Log(Math.Exp(up - top) + Math.Exp(left - top) + Math.Exp(diagonal - top)) - t - Math.Log(2 - Math.Exp(-t));
                diagonal = up;
                row[j] = left;
            }
        }

        return row[^1];
    }

    /// <summary>d function / d rows[k], rows being the float values taken as exact.</summary>
    public static double Derivative(float[] rows, int k, Func<double[], double> function)
    {
        var values = Array.ConvertAll(rows, static v => (double)v);
        values[k] = rows[k] + Step;
        var above = function(values);
        values[k] = rows[k] - Step;
        return (above - function(values)) / (2 * Step);
    }

    public static double[] Widen(float[] rows) => Array.ConvertAll(rows, static v => (double)v);
}
