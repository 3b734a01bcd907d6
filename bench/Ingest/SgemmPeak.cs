using System.Diagnostics;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Bench.Ingest;

/// <summary>What one thread reaches in a plain matrix product: the yardstick for encoding.</summary>
internal static class SgemmPeak
{
    private const int Side = 1024;

    /// <returns>Floating-point operations per second of processor time, the best of some products.</returns>
    public static double Measure()
    {
        var best = 0.0;
        var measuring = new Thread(() =>
        {
            set_num_threads(1);
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            var (a, b) = (randn(Side, Side), randn(Side, Side));
            for (var i = 0; i < 40; i++)
            {
                using var product = NewDisposeScope();
                var begin = Stopwatch.GetTimestamp();
                matmul(a, b);
                best = Math.Max(best, 2.0 * Side * Side * Side / Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }
        });
        measuring.Start();
        measuring.Join();
        return best;
    }
}
