using System.Diagnostics;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Devices;

/// <summary>What a device reaches at best: the products of large square matrices.</summary>
internal static class Peak
{
    /// <summary>Operations a second, two for a multiply-add.</summary>
    public static double Measure(Setup setup)
    {
        var (side, products) = setup.IsCpu ? (2048L, 2) : (8192L, 20);
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var device = torch.device(setup.Device);
        var (a, b) = (torch.randn([side, side], ScalarType.Float32, device).to(setup.Type), torch.randn([side, side], ScalarType.Float32, device).to(setup.Type));
        var best = 0.0;
        for (var round = 0; round < 4; round++)
        {
            Wait(setup);
            var begin = Stopwatch.GetTimestamp();
            for (var i = 0; i < products; i++)
            {
                using var product = a.mm(b);
            }

            Wait(setup);
            best = Math.Max(best, products * 2.0 * side * side * side / Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }

    private static void Wait(Setup setup)
    {
        if (!setup.IsCpu)
            torch.cuda.synchronize();
    }
}
