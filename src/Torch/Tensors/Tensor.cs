using System.Runtime.InteropServices.Marshalling;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

/// <summary>
/// A libtorch tensor. Members are named as in PyTorch. The memory is native and the garbage collector does not feel it: free tensors
/// with <see cref="Dispose()"/> or, better, by a <see cref="torch.NewDisposeScope"/> around each step. A finaliser frees what was
/// forgotten, at some time. One tensor must not be changed or disposed by a thread while another one uses it.
/// </summary>
[NativeMarshalling(typeof(TensorMarshaller))]
public partial class Tensor : IDisposable
{
    private nint handle;

    private protected Tensor(nint handle) => this.handle = handle;

    ~Tensor() => Release();

    /// <exception cref="ObjectDisposedException">The tensor, or the scope it belongs to, has been disposed.</exception>
    internal nint Handle
    {
        get
        {
            var current = handle;
            ObjectDisposedException.ThrowIf(current == 0, this);
            return current;
        }
    }

    /// <summary>The scope that will dispose this tensor, if any.</summary>
    internal DisposeScope? Scope { get; set; }

    public bool IsInvalid => handle == 0;

    /// <summary>Frees the tensor; its storage goes when no other tensor or gradient graph uses it.</summary>
    public void Dispose()
    {
        Release();
        Scope = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes a handle that native code returned, into the thread's current scope.</summary>
    /// <exception cref="TorchException">The handle is null: the call failed.</exception>
    internal static Tensor Adopt(nint handle)
    {
        if (handle == 0)
            throw NativeMethods.LastError();
        var tensor = new Tensor(handle);
        DisposeScope.Current?.Include(tensor);
        return tensor;
    }

    internal static Tensor? AdoptOptional(nint handle) => handle == 0 ? null : Adopt(handle);

    /// <summary>The second handle to the same tensor that a parameter holds for itself.</summary>
    internal nint TakeHandle()
    {
        var taken = Interlocked.Exchange(ref handle, 0);
        ObjectDisposedException.ThrowIf(taken == 0, this);
        Dispose();
        return taken;
    }

    /// <summary>Puts another tensor in this one's place, so that everyone who holds this object sees it.</summary>
    internal void Become(Tensor other)
    {
        var old = Interlocked.Exchange(ref handle, other.TakeHandle());
        NativeMethods.uvlm_free(old);
    }

    private void Release()
    {
        var current = Interlocked.Exchange(ref handle, 0);
        if (current != 0)
            NativeMethods.uvlm_free(current);
    }
}
