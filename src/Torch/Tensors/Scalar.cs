using System.Runtime.InteropServices;

namespace UnifiedVlm.Torch;

/// <summary>A number as an operand. Whether it is whole, real or a truth value takes part in libtorch's type promotion.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Scalar
{
    private const long Integer = 0;
    private const long Real = 1;
    private const long Truth = 2;

    private readonly long bits;
    private readonly long kind;

    private Scalar(long bits, long kind)
    {
        this.bits = bits;
        this.kind = kind;
    }

    public static implicit operator Scalar(double value) => new(BitConverter.DoubleToInt64Bits(value), Real);

    public static implicit operator Scalar(float value) => new(BitConverter.DoubleToInt64Bits(value), Real);

    public static implicit operator Scalar(long value) => new(value, Integer);

    public static implicit operator Scalar(int value) => new(value, Integer);

    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, Truth);

    internal bool IsReal => kind == Real;

    internal double AsDouble => kind == Real ? BitConverter.Int64BitsToDouble(bits) : bits;
}
