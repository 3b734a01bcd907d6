namespace UnifiedVlm.Tests.Golden.Alignment;

/// <summary>d log K / dx by central differences (h = 1e-6), each log K the sum over every order-keeping path: how the golden file was made.</summary>
internal static class PathGradients
{
    private const double Step = 1e-6;

    public static double[] OfLogKernel(float[] x, float[] y, int dimension, double sigma)
    {
        var gradient = new double[x.Length];
        for (var k = 0; k < x.Length; k++)
        {
            var values = Array.ConvertAll(x, static v => (double)v);
            values[k] = x[k] + Step;
            var above = LogKernel(values, y, dimension, sigma);
            values[k] = x[k] - Step;
            gradient[k] = (above - LogKernel(values, y, dimension, sigma)) / (2 * Step);
        }

        return gradient;
    }

    private static double LogKernel(double[] x, float[] y, int dimension, double sigma)
    {
        var (n, m) = (x.Length / dimension, y.Length / dimension);
        var local = new double[n, m];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < m; j++)
            {
                double d = 0;
                for (var k = 0; k < dimension; k++)
                    d += Math.Pow(x[i * dimension + k] - y[j * dimension + k], 2);
                var t = d / (2 * sigma * sigma);
                local[i, j] = Math.Exp(-t) / (2 - Math.Exp(-t));
            }
        }

        return Math.Log(PathsFrom(0, 0, 1));

        double PathsFrom(int i, int j, double product)
        {
            product *= local[i, j];
            if (i == n - 1 && j == m - 1)
                return product;
            return (i < n - 1 ? PathsFrom(i + 1, j, product) : 0)
                + (j < m - 1 ? PathsFrom(i, j + 1, product) : 0)
                + (i < n - 1 && j < m - 1 ? PathsFrom(i + 1, j + 1, product) : 0);
        }
    }
}
