using UnifiedVlm.Torch;

namespace UnifiedVlm.Bench.Devices;

/// <summary>One way to run a model.</summary>
/// <param name="Products">As <see cref="torch.set_float32_matmul_precision"/> takes it.</param>
internal sealed record Setup(string Name, string Device, ScalarType Type, string Products)
{
    public static Setup Reference { get; } = new("CPU, float32", "cpu", ScalarType.Float32, "highest");

    public static IReadOnlyList<Setup> OfGpu { get; } =
    [
        new("GPU, float32", "cuda:0", ScalarType.Float32, "highest"),
        new("GPU, TF32 products", "cuda:0", ScalarType.Float32, "high"),
        new("GPU, bfloat16", "cuda:0", ScalarType.BFloat16, "highest"),
    ];

    public bool IsCpu => Device == "cpu";
}
