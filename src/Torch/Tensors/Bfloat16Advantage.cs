using System.Diagnostics;

namespace UnifiedVlm.Torch;

/// <summary>
/// What <see cref="torch.autocast"/> gains here, measured: a linear layer forward and backward, in float32 and under autocast. Whether a
/// processor has the instructions does not tell; libtorch must use them too.
/// </summary>
/// <param name="Float32Seconds">Of one layer, forward and backward: the sum over the shapes, each the fastest of several runs.</param>
/// <param name="BFloat16Seconds">The same under autocast.</param>
public sealed record Bfloat16Advantage(double Float32Seconds, double BFloat16Seconds)
{
    private const double WorthwhileRatio = 1.15;
    private const int Runs = 5;

    /// <summary>How many times faster.</summary>
    public double Ratio => Float32Seconds / BFloat16Seconds;

    /// <summary>Faster by enough to be worth the lost digits.</summary>
    public bool IsWorthwhile => Ratio > WorthwhileRatio;

    /// <summary>Takes about 0.2 s a shape of 0.3 GFLOP on one thread, with the calling thread's number of threads.</summary>
    /// <param name="shapes">Rows, input and output widths of the layers that matter; the default is a small decoder's.</param>
    public static Bfloat16Advantage Measure(params ReadOnlySpan<(long Rows, long InFeatures, long OutFeatures)> shapes)
    {
        if (shapes.IsEmpty)
            shapes = [(512, 256, 512), (512, 256, 1408), (512, 704, 256)];
        var (plain, rounded) = (0.0, 0.0);
        foreach (var (rows, inFeatures, outFeatures) in shapes)
        {
            using var scope = torch.NewDisposeScope();
            using var gradients = torch.enable_grad();
            var x = torch.randn(rows, inFeatures).requires_grad_();
            var weight = torch.randn(outFeatures, inFeatures).requires_grad_();
            var arriving = torch.randn(rows, outFeatures);
            var (fastestPlain, fastestRounded) = (double.MaxValue, double.MaxValue);

            // One run each to warm up, then by turns, so that both see the same neighbours.
            for (var run = 0; run <= Runs; run++)
            {
                var (a, b) = (Seconds(false), Seconds(true));
                if (run == 0)
                    continue;
                fastestPlain = Math.Min(fastestPlain, a);
                fastestRounded = Math.Min(fastestRounded, b);
            }

            plain += fastestPlain;
            rounded += fastestRounded;

            double Seconds(bool enabled)
            {
                using var step = torch.NewDisposeScope();
                using var mode = torch.autocast(ScalarType.BFloat16, enabled);
                var start = Stopwatch.GetTimestamp();
                torch.nn.functional.linear(x, weight).backward(arriving);
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                x.grad = null;
                weight.grad = null;
                return seconds;
            }
        }

        return new Bfloat16Advantage(plain, rounded);
    }
}
