namespace UnifiedVlm.Bench.Losses;

/// <summary>Random unit vectors [D] as float arrays.</summary>
internal static class UnitVectors
{
    public static float[] Next(Random random, int dimension)
    {
        var vector = new float[dimension];
        for (var k = 0; k < dimension; k++)
        {
            var (u, v) = (1 - random.NextDouble(), random.NextDouble());
            vector[k] = (float)(Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
        }

        return Scaled(vector);
    }

    /// <summary>A random unit vector at the given expected cosine from another.</summary>
    public static float[] Near(Random random, float[] vector, double cosine)
    {
        var (noise, side) = (Next(random, vector.Length), Math.Sqrt(1 - cosine * cosine));
        return Scaled([.. vector.Zip(noise, (a, b) => (float)(cosine * a + side * b))]);
    }

    private static float[] Scaled(float[] vector)
    {
        var norm = Math.Sqrt(vector.Sum(static v => (double)v * v));
        return Array.ConvertAll(vector, v => (float)(v / norm));
    }
}
