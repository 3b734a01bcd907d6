using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch.Native;

/// <summary>
/// The C ABI of src/Native/torch, function by function. A returned tensor is null after an error, which the marshaller turns into a
/// <see cref="TorchException"/>; a returned int is non-zero after an error and goes through <see cref="Check"/>.
/// </summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = NativeLibraries.Torch;
    private const int ExpectedAbiVersion = 1;

    static NativeMethods()
    {
        if (uvlm_torch_abi_version() is var version and not ExpectedAbiVersion)
        {
            throw new DllNotFoundException(
                $"libuvlm_torch.so has ABI version {version}, not {ExpectedAbiVersion}. Run deploy/install.sh to rebuild it.");
        }
    }

    /// <exception cref="TorchException">The call reported an error.</exception>
    public static void Check(int status)
    {
        if (status != 0)
            throw LastError();
    }

    public static TorchException LastError() =>
        TorchException.FromNative(Marshal.PtrToStringUTF8(uvlm_error_message()), Marshal.PtrToStringUTF8(uvlm_error_details()));

    [LibraryImport(Library)] private static partial int uvlm_torch_abi_version();
    [LibraryImport(Library)] private static partial nint uvlm_error_message();
    [LibraryImport(Library)] private static partial nint uvlm_error_details();
    [LibraryImport(Library)] public static partial nint uvlm_version();
    [LibraryImport(Library)] public static partial void uvlm_free(nint tensor);
    [LibraryImport(Library)] public static partial long uvlm_live_handles();
    [LibraryImport(Library)] public static partial Tensor uvlm_alias(Tensor tensor);
    [LibraryImport(Library, EntryPoint = "uvlm_alias")] public static partial nint uvlm_alias_handle(Tensor tensor);

    // Threads, memory, devices.
    [LibraryImport(Library)] public static partial int uvlm_set_num_threads(int count);
    [LibraryImport(Library)] public static partial int uvlm_get_num_threads();
    [LibraryImport(Library)] public static partial int uvlm_set_flush_denormal(int on);
    [LibraryImport(Library)] public static partial int uvlm_tune_malloc(long mmapThresholdBytes, long trimThresholdBytes, int arenas);
    [LibraryImport(Library)] public static partial int uvlm_trim_malloc();
    [LibraryImport(Library)] public static partial int uvlm_manual_seed(long seed);
    [LibraryImport(Library)] public static partial int uvlm_cuda_device_count();
    [LibraryImport(Library)] public static partial int uvlm_cuda_synchronize(int index);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int uvlm_set_float32_matmul_precision(string precision);

    // Autograd's switches.
    [LibraryImport(Library)] public static partial int uvlm_grad_enabled();
    [LibraryImport(Library)] public static partial void uvlm_set_grad_enabled(int enabled);
    [LibraryImport(Library)] public static partial int uvlm_autocast_enabled();
    [LibraryImport(Library)] public static partial void uvlm_set_autocast_enabled(int enabled);
    [LibraryImport(Library)] public static partial nint uvlm_enter_inference_mode(int enabled);
    [LibraryImport(Library)] public static partial void uvlm_leave_inference_mode(nint guard);

    // Creation.
    [LibraryImport(Library)] public static partial Tensor uvlm_empty(ReadOnlySpan<long> shape, long rank, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_full(ReadOnlySpan<long> shape, long rank, Scalar value, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_arange(Scalar start, Scalar end, Scalar step, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_linspace(double start, double end, long steps, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_eye(long n, long m, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_rand(ReadOnlySpan<long> shape, long rank, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_randn(ReadOnlySpan<long> shape, long rank, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_randint(long low, long high, ReadOnlySpan<long> shape, long rank, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_randperm(long n, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial Tensor uvlm_from_memory(void* data, long bytes, ReadOnlySpan<long> shape, long rank, int type, int deviceType, int deviceIndex);
    [LibraryImport(Library)] public static partial int uvlm_to_memory(Tensor tensor, void* data, long bytes);
    [LibraryImport(Library)] public static partial int uvlm_item_double(Tensor tensor, out double value);
    [LibraryImport(Library)] public static partial int uvlm_item_int64(Tensor tensor, out long value);

    // What a tensor is.
    [LibraryImport(Library)] public static partial long uvlm_dim(Tensor tensor);
    [LibraryImport(Library)] public static partial long uvlm_numel(Tensor tensor);
    [LibraryImport(Library)] public static partial void uvlm_shape(Tensor tensor, Span<long> shape);
    [LibraryImport(Library)] public static partial void uvlm_strides(Tensor tensor, Span<long> strides);
    [LibraryImport(Library)] public static partial int uvlm_size(Tensor tensor, long dim, out long size);
    [LibraryImport(Library)] public static partial int uvlm_dtype(Tensor tensor);
    [LibraryImport(Library)] public static partial int uvlm_device_type(Tensor tensor);
    [LibraryImport(Library)] public static partial int uvlm_device_index(Tensor tensor);
    [LibraryImport(Library)] public static partial int uvlm_is_contiguous(Tensor tensor);
    [LibraryImport(Library)] public static partial long uvlm_element_size(Tensor tensor);
    [LibraryImport(Library)] public static partial long uvlm_data_ptr(Tensor tensor);

    // Autograd.
    [LibraryImport(Library)] public static partial int uvlm_requires_grad(Tensor tensor);
    [LibraryImport(Library)] public static partial int uvlm_set_requires_grad(Tensor tensor, int required);
    [LibraryImport(Library)] public static partial int uvlm_is_leaf(Tensor tensor);
    [LibraryImport(Library)] public static partial int uvlm_grad(Tensor tensor, out nint gradient);
    [LibraryImport(Library)] public static partial int uvlm_set_grad(Tensor tensor, Tensor? gradient);
    [LibraryImport(Library)] public static partial int uvlm_backward(Tensor tensor, Tensor? gradient, int retainGraph);
    [LibraryImport(Library)] public static partial Tensor uvlm_detach(Tensor tensor);
    [LibraryImport(Library)] public static partial Tensor uvlm_to(Tensor tensor, int type, int deviceType, int deviceIndex, int copy);
    [LibraryImport(Library)] public static partial int uvlm_copy_(Tensor tensor, Tensor source);
}
