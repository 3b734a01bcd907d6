using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

// float32 on the default device, the CPU, unless told otherwise.
public static partial class torch
{
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var (type, kind, index) = Options(dtype, device);
        return Finish(NativeMethods.uvlm_empty(size, size.Length, type, kind, index), requires_grad);
    }

    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var (type, kind, index) = Options(dtype, device);
        return Finish(NativeMethods.uvlm_full(size, size.Length, value, type, kind, index), requires_grad);
    }

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 0, dtype, device, requires_grad);

    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros([size], dtype, device, requires_grad);

    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros([rows, columns], dtype, device, requires_grad);

    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros([dim0, dim1, dim2], dtype, device, requires_grad);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 1, dtype, device, requires_grad);

    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones([size], dtype, device, requires_grad);

    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones([rows, columns], dtype, device, requires_grad);

    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones([dim0, dim1, dim2], dtype, device, requires_grad);

    public static Tensor empty_like(Tensor input) => empty(input.shape, input.dtype, input.device);

    public static Tensor zeros_like(Tensor input) => zeros(input.shape, input.dtype, input.device);

    public static Tensor ones_like(Tensor input) => ones(input.shape, input.dtype, input.device);

    public static Tensor full_like(Tensor input, Scalar value) => full(input.shape, value, input.dtype, input.device);

    /// <summary>0, 1, .. stop - 1: int64 for whole numbers, float32 for real ones.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(0, stop, 1, dtype, device);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(start, stop, 1, dtype, device);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null)
    {
        var whole = !(start.IsReal || stop.IsReal || step.IsReal);
        var (type, kind, index) = Options(dtype ?? (whole ? ScalarType.Int64 : ScalarType.Float32), device);
        return NativeMethods.uvlm_arange(start, stop, step, type, kind, index);
    }

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null)
    {
        var (type, kind, index) = Options(dtype, device);
        return NativeMethods.uvlm_linspace(start, end, steps, type, kind, index);
    }

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null)
    {
        var (type, kind, index) = Options(dtype, device);
        return NativeMethods.uvlm_eye(rows, columns < 0 ? rows : columns, type, kind, index);
    }

    /// <summary>Uniform on [0, 1).</summary>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var (type, kind, index) = Options(dtype, device);
        return Finish(NativeMethods.uvlm_rand(size, size.Length, type, kind, index), requires_grad);
    }

    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        rand([rows, columns], dtype, device, requires_grad);

    /// <summary>Standard normal.</summary>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var (type, kind, index) = Options(dtype, device);
        return Finish(NativeMethods.uvlm_randn(size, size.Length, type, kind, index), requires_grad);
    }

    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        randn([rows, columns], dtype, device, requires_grad);

    /// <summary>Whole numbers in [low, high), int64 unless told otherwise.</summary>
    public static Tensor randint(long low, long high, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null)
    {
        var (type, kind, index) = Options(dtype ?? ScalarType.Int64, device);
        return NativeMethods.uvlm_randint(low, high, size, size.Length, type, kind, index);
    }

    public static Tensor randint(long high, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null) =>
        randint(0, high, size, dtype, device);

    /// <summary>0 .. n - 1 in random order.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null)
    {
        var (type, kind, index) = Options(dtype ?? ScalarType.Int64, device);
        return NativeMethods.uvlm_randperm(n, type, kind, index);
    }

    private static (int Type, int DeviceType, int DeviceIndex) Options(ScalarType? dtype, Device? device)
    {
        var target = device ?? get_default_device();
        return ((int)(dtype ?? ScalarType.Float32), (int)target.type, target.index);
    }

    private static Tensor Finish(Tensor tensor, bool requiresGrad)
    {
        if (requiresGrad)
            tensor.requires_grad = true;
        return tensor;
    }
}
