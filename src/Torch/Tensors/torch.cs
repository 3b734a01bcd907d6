using System.Runtime.InteropServices;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>PyTorch's functions under PyTorch's names; meant for <c>using static UnifiedVlm.Torch.torch;</c>.</summary>
public static partial class torch
{
    public const ScalarType uint8 = ScalarType.Byte;
    public const ScalarType int8 = ScalarType.Int8;
    public const ScalarType int16 = ScalarType.Int16;
    public const ScalarType int32 = ScalarType.Int32;
    public const ScalarType int64 = ScalarType.Int64;
    public const ScalarType @long = ScalarType.Int64;
    public const ScalarType float16 = ScalarType.Float16;
    public const ScalarType float32 = ScalarType.Float32;
    public const ScalarType @float = ScalarType.Float32;
    public const ScalarType float64 = ScalarType.Float64;
    public const ScalarType @double = ScalarType.Float64;
    public const ScalarType bfloat16 = ScalarType.BFloat16;
    public const ScalarType @bool = ScalarType.Bool;

    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly Device CUDA = new(DeviceType.CUDA);

    [ThreadStatic]
    private static Device? defaultDevice;

    /// <summary>The version of the libtorch that the native library was compiled against.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(NativeMethods.uvlm_version())!;

    /// <exception cref="ArgumentException">Not cpu, cuda or cuda:N.</exception>
    public static Device device(string text) => Device.Parse(text);

    /// <summary>Where the calling thread's new tensors are when no device is given.</summary>
    public static Device get_default_device() => defaultDevice ?? CPU;

    /// <summary>For the calling thread alone, as PyTorch's own.</summary>
    /// <param name="device">Null for the CPU.</param>
    public static void set_default_device(Device? device) => defaultDevice = device;

    /// <summary>Seeds the generators of all devices.</summary>
    public static void manual_seed(long seed) => NativeMethods.Check(NativeMethods.uvlm_manual_seed(seed));

    /// <summary>
    /// How far the factors of float32 products may be rounded, for the whole process: <c>highest</c> not at all; <c>high</c> to TF32's ten bits on
    /// a GPU that has it; <c>medium</c> to bfloat16's seven. A CPU's products change with none.
    /// </summary>
    /// <exception cref="TorchException">Another word.</exception>
    public static void set_float32_matmul_precision(string precision) => NativeMethods.Check(NativeMethods.uvlm_set_float32_matmul_precision(precision));

    /// <summary>
    /// Threads that one operation may use. OpenMP keeps this per thread: every thread that runs operations must call it for itself,
    /// and libtorch 1.13 starts from 1.
    /// </summary>
    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.uvlm_set_num_threads(num));

    /// <summary>As seen by the calling thread.</summary>
    public static int get_num_threads() => NativeMethods.uvlm_get_num_threads();

    /// <summary>
    /// Numbers too small for a normal exponent count as 0 on the calling thread; computing with them is many times slower. Every thread that
    /// runs operations calls it for itself.
    /// </summary>
    /// <returns>False where the processor has no such switch.</returns>
    public static bool set_flush_denormal(bool mode) => NativeMethods.uvlm_set_flush_denormal(mode ? 1 : 0) != 0;
}
