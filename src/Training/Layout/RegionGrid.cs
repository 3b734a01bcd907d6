using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Layout;

/// <summary>Which words belong to the fields of a grid over a picture.</summary>
internal static class RegionGrid
{
    // Of a field's area. A sprite's square is not all filled, so a region that takes less than a fifth may not be in the field at all.
    private const double Shows = 0.2;
    private const double Free = 0.05;

    /// <returns>Text of each of side x side fields in reading order; null where it is not clear.</returns>
    public static string?[] Label(RegionSample sample, int side)
    {
        var texts = new string?[side * side];
        var width = (double)sample.Picture.Side / side;
        for (var field = 0; field < texts.Length; field++)
        {
            var (left, top) = (field % side * width, field / side * width);
            var (most, shown) = (0.0, (string?)null);
            foreach (var region in sample.Regions)
            {
                var share = Overlap(region.Left, region.Right, left, width) * Overlap(region.Top, region.Bottom, top, width) / (width * width);
                if (share >= most)
                    (most, shown) = (share, region.Text);
            }

            texts[field] = most >= Shows ? shown : most <= Free ? sample.Elsewhere : null;
        }

        return texts;
    }

    private static double Overlap(double begin, double end, double from, double width) => Math.Max(0, Math.Min(end, from + width) - Math.Max(begin, from));
}
