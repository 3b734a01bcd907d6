namespace UnifiedVlm.Tests.Unit.Training.Losses;

/// <summary>Eigenvalues of small symmetric matrices by Jacobi's rotations.</summary>
internal static class Eigenvalues
{
    public static double Smallest(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var a = (double[,])matrix.Clone();
        for (var sweep = 0; sweep < 30; sweep++)
        {
            for (var p = 0; p < n; p++)
            {
                for (var q = p + 1; q < n; q++)
                    Rotate(a, p, q, n);
            }
        }

        return Enumerable.Range(0, n).Min(i => a[i, i]);
    }

    private static void Rotate(double[,] a, int p, int q, int n)
    {
        if (Math.Abs(a[p, q]) < 1e-15)
            return;
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var c = 1 / Math.Sqrt(t * t + 1);
        var s = t * c;
        for (var k = 0; k < n; k++)
            (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
        for (var k = 0; k < n; k++)
            (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
    }
}
