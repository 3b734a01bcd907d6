namespace UnifiedVlm.Bench.Subscriptions;

/// <summary>Vectors of length 1.</summary>
internal static class UnitVectors
{
    /// <summary>Adds Gaussian noise of an expected length, and makes the length 1 again.</summary>
    public static void Disturb(Span<float> vector, double noise, Random random)
    {
        var scale = noise / Math.Sqrt(vector.Length);
        var square = 0.0;
        for (var i = 0; i < vector.Length; i++)
        {
            // Box and Muller.
            var gaussian = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            vector[i] += (float)(scale * gaussian);
            square += vector[i] * vector[i];
        }

        var shrink = (float)(1 / Math.Sqrt(square));
        for (var i = 0; i < vector.Length; i++)
            vector[i] *= shrink;
    }
}
