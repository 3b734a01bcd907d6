namespace UnifiedVlm.Model.Checkpoints;

internal static class TensorTypes
{
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.F32 or TensorType.I32 => 4,
        TensorType.BF16 or TensorType.F16 => 2,
        TensorType.I64 => 8,
        TensorType.U8 or TensorType.BOOL => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    public static bool TryParse(string name, out TensorType type) => Enum.TryParse(name, out type) && Enum.IsDefined(type) && type.ToString() == name;

    /// <returns>The number of elements, or null when a side is negative or the product of sides and element size overflows.</returns>
    public static long? CountOf(ReadOnlySpan<long> shape, TensorType type)
    {
        try
        {
            long count = 1;
            foreach (var side in shape)
            {
                if (side < 0)
                    return null;
                count = checked(count * side);
            }

            return checked(count * SizeOf(type)) / SizeOf(type);
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
