using System.Runtime.InteropServices.Marshalling;

namespace UnifiedVlm.Torch.Native;

/// <summary>Passes tensors to and from native code: null is an undefined tensor going in and an error coming out.</summary>
[CustomMarshaller(typeof(Tensor), MarshalMode.ManagedToUnmanagedIn, typeof(In))]
[CustomMarshaller(typeof(Tensor), MarshalMode.ManagedToUnmanagedOut, typeof(Out))]
internal static class TensorMarshaller
{
    /// <summary>Keeps the tensor from being finalised before the call has returned.</summary>
    public ref struct In
    {
        private Tensor? tensor;

        public void FromManaged(Tensor? managed) => tensor = managed;

        public readonly nint ToUnmanaged() => tensor is null ? 0 : tensor.Handle;

        public readonly void Free() => GC.KeepAlive(tensor);
    }

    public ref struct Out
    {
        private nint handle;

        public void FromUnmanaged(nint unmanaged) => handle = unmanaged;

        public readonly Tensor ToManaged() => Tensor.Adopt(handle);

        public readonly void Free()
        {
            // The handle belongs to the managed tensor now.
        }
    }
}
