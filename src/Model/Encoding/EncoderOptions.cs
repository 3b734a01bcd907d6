using UnifiedVlm.Torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>How much goes through the network at once. Speed and memory only: the vectors do not depend on it.</summary>
public sealed record EncoderOptions
{
    /// <summary>Tokens of one pass of the decoder. A window is never divided. The smaller, the shorter a thread waits for the last one of a batch; below some 128 the matrix products slow down.</summary>
    public int TokensPerPass { get; init; } = 512;

    /// <summary>Tokens below which a batch is not divided further for the sake of more threads.</summary>
    public int SmallestPass { get; init; } = 128;

    /// <summary>Passes at the same time, one thread of the matrix kernels each. For a GPU 1: it takes one pass after another anyway.</summary>
    public int ParallelPasses { get; init; } = 1;

    /// <summary>Pictures of one pass of the vision encoder, which can't be left in between. On a CPU 8 are as fast as more.</summary>
    public int PicturesPerPass { get; init; } = 8;

    /// <summary>What suits a device: on a CPU small passes side by side, on a GPU large ones, whose kernels fill it.</summary>
    /// <param name="threads">Of the CPU.</param>
    public static EncoderOptions For(Device device, int threads) => device.type == DeviceType.CPU
        ? new EncoderOptions { ParallelPasses = threads }
        : new EncoderOptions { TokensPerPass = 32 * 1024, PicturesPerPass = 512 };
}
