using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch;

public partial class Tensor
{
    /// <summary>The value of a tensor with one element, converted to <typeparamref name="T"/>.</summary>
    /// <exception cref="TorchException">The tensor has more than one element.</exception>
    public T item<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(long))
            return As(ToInt64());
        if (typeof(T) == typeof(int))
            return As(checked((int)ToInt64()));
        if (typeof(T) == typeof(bool))
            return As(ToBoolean());
        if (typeof(T) == typeof(float))
            return As((float)ToDouble());
        if (typeof(T) == typeof(double))
            return As(ToDouble());
        throw new ArgumentException($"item<{typeof(T).Name}> is not supported; use float, double, long, int or bool.");

        static T As<TValue>(TValue value)
            where TValue : unmanaged => Unsafe.BitCast<TValue, T>(value);
    }

    public double ToDouble()
    {
        NativeMethods.Check(NativeMethods.uvlm_item_double(this, out var value));
        return value;
    }

    public float ToSingle() => (float)ToDouble();

    public long ToInt64()
    {
        NativeMethods.Check(NativeMethods.uvlm_item_int64(this, out var value));
        return value;
    }

    public int ToInt32() => checked((int)ToInt64());

    public bool ToBoolean() => ToDouble() != 0;

    /// <summary>A copy of all elements, row-major, from any device.</summary>
    /// <typeparam name="T">The .NET type of the elements; bfloat16 is read as <see cref="ushort"/>.</typeparam>
    /// <exception cref="InvalidOperationException">The tensor holds another type: convert it with <c>to</c> first.</exception>
    public T[] data<T>()
        where T : unmanaged
    {
        var values = new T[numel()];
        copy_to<T>(values);
        return values;
    }

    /// <summary>As <see cref="data{T}"/>, into a buffer of exactly <see cref="numel"/> elements.</summary>
    public void copy_to<T>(Span<T> buffer)
        where T : unmanaged
    {
        var held = dtype;
        if (ScalarTypes.Of<T>() != held)
            throw new InvalidOperationException($"The tensor holds {held}, not {ScalarTypes.Of<T>()}; convert it with to(...) first.");
        copy_bytes_to(MemoryMarshal.AsBytes(buffer));
    }

    /// <summary>The elements' bytes, row-major, little-endian, whatever their type: what a safetensors file holds.</summary>
    public byte[] bytes()
    {
        var buffer = new byte[numel() * element_size()];
        copy_bytes_to(buffer);
        return buffer;
    }

    /// <summary>Writes <see cref="bytes"/> to a stream, from where they are if that is the processor's memory and in order.</summary>
    public void write_to(Stream stream) => WriteTo(stream, 1 << 30);

    /// <param name="most">Bytes at a time: a span counts by int, and tensors may be larger.</param>
    internal unsafe void WriteTo(Stream stream, int most)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var plain = detach();
        using var near = plain.cpu();
        using var source = near.contiguous();
        var start = (byte*)NativeMethods.uvlm_data_ptr(source);
        var length = source.numel() * source.element_size();
        for (var at = 0L; at < length; at += most)
            stream.Write(new ReadOnlySpan<byte>(start + at, (int)Math.Min(most, length - at)));
    }

    /// <summary>As <see cref="bytes"/>, into a buffer of exactly that size.</summary>
    public unsafe void copy_bytes_to(Span<byte> buffer)
    {
        fixed (byte* target = buffer)
            NativeMethods.Check(NativeMethods.uvlm_to_memory(this, target, buffer.Length));
    }

    /// <summary>The elements in place, for a CPU tensor that is contiguous; valid as long as the tensor lives and is not resized.</summary>
    /// <exception cref="InvalidOperationException">Another type, another device or not contiguous.</exception>
    public unsafe Span<T> span<T>()
        where T : unmanaged
    {
        if (ScalarTypes.Of<T>() != dtype || device.type != DeviceType.CPU || !is_contiguous())
            throw new InvalidOperationException($"Only a contiguous CPU tensor of {ScalarTypes.Of<T>()} has a span of it; this is {this}.");
        return new Span<T>((void*)NativeMethods.uvlm_data_ptr(this), checked((int)numel()));
    }
}
