using System.Diagnostics;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>What the machine can do at best, to compare a run with.</summary>
internal static class MatrixPeak
{
    private const int Side = 768;
    private const int GpuSide = 8192;

    /// <summary>Operations a second in float32 products, as far as they are rounded now. Takes about a third of a second.</summary>
    public static double Measure(PassWorkers workers, Device device) => device.type == DeviceType.CPU ? OfCpu(workers) : OfGpu(device);

    /// <summary>One product after another; a GPU is told of many before it is waited for.</summary>
    private static double OfGpu(Device device)
    {
        const int Products = 10;
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var (a, b) = (randn([GpuSide, GpuSide], float32, device), randn([GpuSide, GpuSide], float32, device));
        var best = 0.0;
        for (var round = 0; round < 3; round++)
        {
            cuda.synchronize();
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Products; i++)
            {
                using var product = a.mm(b);
            }

            cuda.synchronize();
            best = Math.Max(best, Products * 2.0 * GpuSide * GpuSide * GpuSide / clock.Elapsed.TotalSeconds);
        }

        return best;
    }

    /// <summary>All workers together, each multiplying square matrices that fit its cache.</summary>
    private static double OfCpu(PassWorkers workers)
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
