using System.Numerics;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>
/// 128 bits that stay nearly the same when a picture is scaled, compressed or slightly recoloured: whether brightness rises to the right
/// (64) and downwards (64) between the cells of a coarse grid.
/// </summary>
internal readonly record struct PerceptualHash(ulong Across, ulong Down)
{
    /// <summary>Pictures whose hashes differ in no more bits count as the same.</summary>
    public const int NearDistance = 8;

    private const int Bits = 8;
    private const int Cells = Bits + 1;

    /// <param name="rgb">[S,S,3].</param>
    public static PerceptualHash Of(ReadOnlySpan<byte> rgb, int side)
    {
        // [9,9] means of brightness.
        Span<int> grid = stackalloc int[Cells * Cells];
        for (var row = 0; row < Cells; row++)
        {
            for (var column = 0; column < Cells; column++)
                grid[(row * Cells) + column] = Brightness(rgb, side, row * side / Cells, (row + 1) * side / Cells, column * side / Cells, (column + 1) * side / Cells);
        }

        ulong across = 0, down = 0;
        for (var row = 0; row < Bits; row++)
        {
            for (var column = 0; column < Bits; column++)
            {
                var here = grid[(row * Cells) + column];
                across = (across << 1) | (grid[(row * Cells) + column + 1] > here ? 1UL : 0);
                down = (down << 1) | (grid[((row + 1) * Cells) + column] > here ? 1UL : 0);
            }
        }

        return new PerceptualHash(across, down);
    }

    public int Distance(PerceptualHash other) => BitOperations.PopCount(Across ^ other.Across) + BitOperations.PopCount(Down ^ other.Down);

    private static int Brightness(ReadOnlySpan<byte> rgb, int side, int top, int bottom, int left, int right)
    {
        long sum = 0;
        for (var y = top; y < bottom; y++)
        {
            foreach (var value in rgb[(3 * ((y * side) + left))..(3 * ((y * side) + right))])
                sum += value;
        }

        return (int)(sum * 16 / Math.Max(1, (bottom - top) * (right - left)));
    }
}
