using System.Diagnostics;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Bench.Training;

/// <summary>What a plain float32 matrix product reaches: the yardstick.</summary>
internal static class SgemmPeak
{
    private const int Side = 1024;
    private const int Products = 20;

    /// <returns>Floating-point operations per second, the best of some products, with the calling thread's number of threads.</returns>
    public static double Measure()
    {
        var best = 0.0;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (a, b) = (randn(Side, Side), randn(Side, Side));
        for (var i = 0; i < Products; i++)
        {
            using var product = NewDisposeScope();
            var begin = Stopwatch.GetTimestamp();
            matmul(a, b);
            best = Math.Max(best, 2.0 * Side * Side * Side / Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }
}
