using System.Diagnostics;
using UnifiedVlm.Model.Encoding;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>What the machine can do at best, to compare a run with.</summary>
internal static class MatrixPeak
{
    private const int Side = 768;

    /// <summary>Single-precision operations a second of all workers together, each multiplying square matrices that fit its cache. Takes about a third of a second.</summary>
    public static double Measure(PassWorkers workers)
    {
        var rates = new double[workers.Threads];
        workers.Run(workers.Threads, w =>
        {
            using var noGradients = no_grad();
            using var scope = NewDisposeScope();
            var (a, b) = (randn(Side, Side), randn(Side, Side));
            a.mm(b);
            for (var round = 0; round < 3; round++)
            {
                var clock = Stopwatch.StartNew();
                var products = 0;
                for (; clock.ElapsedMilliseconds < 100; products++)
                {
                    using var product = a.mm(b);
                }

                rates[w] = Math.Max(rates[w], products * 2.0 * Side * Side * Side / clock.Elapsed.TotalSeconds);
            }
        });
        return rates.Sum();
    }
}
