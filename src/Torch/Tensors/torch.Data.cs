using System.Runtime.InteropServices;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// Data from managed or native memory, always copied, row-major.
public static partial class torch
{
    public static Tensor tensor(float value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<float>([value], [], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<float> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<float> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(long value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<long>([value], [], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<long> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<long> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(int value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<int>([value], [], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<int> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<int> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(bool value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<bool>([value], [], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<bool> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<bool> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(double value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<double>([value], [], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<double> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<double> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, dimensions, dtype, device, requires_grad);

    public static Tensor tensor(byte value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan<byte>([value], [], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<byte> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, [data.Length], dtype, device, requires_grad);

    public static Tensor tensor(ReadOnlySpan<byte> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        FromSpan(data, dimensions, dtype, device, requires_grad);

    /// <summary>A tensor from raw little-endian elements, for types that .NET lacks and for file formats.</summary>
    /// <exception cref="TorchException">The number of bytes does not fit the shape and type.</exception>
    public static unsafe Tensor from_bytes(ReadOnlySpan<byte> data, ReadOnlySpan<long> dimensions, ScalarType dtype, Device? device = null)
    {
        fixed (byte* first = data)
            return from_pointer(first, data.Length, dimensions, dtype, device);
    }

    /// <summary>As <see cref="from_bytes"/>, from native memory such as a mapped file, which is copied before this returns.</summary>
    public static unsafe Tensor from_pointer(void* data, long bytes, ReadOnlySpan<long> dimensions, ScalarType dtype, Device? device = null)
    {
        var (type, kind, index) = Options(dtype, device);
        return NativeMethods.uvlm_from_memory(data, bytes, dimensions, dimensions.Length, type, kind, index);
    }

    private static Tensor FromSpan<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        var held = ScalarTypes.Of<T>();
        if (dtype is null || dtype == held)
            return Finish(from_bytes(MemoryMarshal.AsBytes(data), dimensions, held, device), requiresGrad);
        using var asGiven = from_bytes(MemoryMarshal.AsBytes(data), dimensions, held, CPU);
        return Finish(asGiven.to(dtype.Value, device ?? get_default_device()), requiresGrad);
    }
}
