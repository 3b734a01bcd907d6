using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// Pictures by plain statistics of their pixels, nothing learned: a colour histogram (4 x 4 x 4 bins, shared out linearly between neighbouring bins)
/// and, on a grid of 4 x 4, histograms of gradient directions (8 bins, weighted by the gradient). It sees colours and coarse layout, not meaning.
/// </summary>
public sealed class PictureHistogramTeacher : ITeacher
{
    private const int ColourSteps = 4, Colours = ColourSteps * ColourSteps * ColourSteps;
    private const int Grid = 4, Directions = 8, Gradients = Grid * Grid * Directions;

    public static string Kind => "picture-histograms";

    public string Name => Kind;

    public TeacherSpace Space => TeacherSpace.PictureOnly;

    public int Dimension => Colours + Gradients;

    public void Embed(IReadOnlyList<SequencePart> parts, Span<float> vectors, CancellationToken cancellationToken)
    {
        for (var p = 0; p < parts.Count; p++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (parts[p].Part is not PictureContent { Picture: var picture })
                throw new ArgumentException($"part {p} is no picture", nameof(parts));
            var vector = vectors.Slice(p * Dimension, Dimension);
            AddColours(picture, vector[..Colours]);
            AddGradients(picture, vector[Colours..]);
            Centre(vector[..Colours]);
            Centre(vector[Colours..]);
        }
    }

    public void Dispose()
    {
    }

    private static void AddColours(Picture picture, Span<float> bins)
    {
        var rgb = picture.Rgb.Span;
        for (var i = 0; i < rgb.Length; i += 3)
        {
            for (var corner = 0; corner < 8; corner++)
            {
                var (bin, share) = (0, 1f);
                for (var channel = 0; channel < 3; channel++)
                {
                    var place = rgb[i + channel] * ((ColourSteps - 1) / 255f);
                    var below = Math.Min((int)place, ColourSteps - 2);
                    var upper = (corner >> channel) & 1;
                    bin = bin * ColourSteps + below + upper;
                    share *= upper == 1 ? place - below : 1 - (place - below);
                }

                bins[bin] += share;
            }
        }
    }

    /// <summary>Central differences of the brightness; a direction is shared out between the two nearest bins.</summary>
    private static void AddGradients(Picture picture, Span<float> bins)
    {
        var side = picture.Side;
        for (var y = 1; y < side - 1; y++)
        {
            for (var x = 1; x < side - 1; x++)
            {
                var dx = Brightness(picture, x + 1, y) - Brightness(picture, x - 1, y);
                var dy = Brightness(picture, x, y + 1) - Brightness(picture, x, y - 1);
                var strength = MathF.Sqrt(dx * dx + dy * dy);
                if (strength == 0)
                    continue;
                var place = (MathF.Atan2(dy, dx) / MathF.Tau + 1) % 1 * Directions;
                var below = (int)place % Directions;
                var cell = (y * Grid / side * Grid + x * Grid / side) * Directions;
                var share = place - MathF.Floor(place);
                bins[cell + below] += strength * (1 - share);
                bins[cell + (below + 1) % Directions] += strength * share;
            }
        }
    }

    private static float Brightness(Picture picture, int x, int y)
    {
        var pixel = picture.Rgb.Span.Slice((y * picture.Side + x) * 3, 3);
        return 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
    }

    /// <summary>
    /// Square roots of the shares (Hellinger's distance of histograms), less their mean: otherwise all pictures would be alike for having
    /// no negative bins. Of unit length; a histogram without entries stays 0.
    /// </summary>
    private static void Centre(Span<float> bins)
    {
        double mean = 0, norm = 0;
        foreach (ref var bin in bins)
            mean += bin = MathF.Sqrt(bin);
        mean /= bins.Length;
        foreach (ref var bin in bins)
        {
            bin -= (float)mean;
            norm += (double)bin * bin;
        }

        var scale = norm > 0 ? (float)(1 / Math.Sqrt(norm)) : 0;
        foreach (ref var bin in bins)
            bin *= scale;
    }
}
