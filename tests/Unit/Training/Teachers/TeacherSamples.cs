using UnifiedVlm.Training.Samples;
using UnifiedVlm.Training.Teachers;

namespace UnifiedVlm.Tests.Unit.Training.Teachers;

internal static class TeacherSamples
{
    public static SequencePart Text(string text, params float[] knowledge) => new(new TextContent(text), knowledge);

    public static SequencePart Picture(Picture picture, params float[] knowledge) => new(new PictureContent(picture), knowledge);

    /// <summary>A picture by a function of place: x and y from 0 to 1, red, green and blue in 0..255.</summary>
    public static Picture Paint(int side, Func<double, double, (int R, int G, int B)> colour)
    {
        var rgb = new byte[side * side * 3];
        for (var i = 0; i < side * side; i++)
        {
            var (r, g, b) = colour(i % side / (double)side, i / side / (double)side);
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)r, (byte)g, (byte)b);
        }

        return new Picture(side, rgb);
    }

    public static float[] Embed(ITeacher teacher, params SequencePart[] parts)
    {
        var vectors = new float[parts.Length * teacher.Dimension];
        teacher.Embed(parts, vectors, CancellationToken.None);
        return vectors;
    }

    public static double Cosine(ITeacher teacher, SequencePart a, SequencePart b)
    {
        var vectors = Embed(teacher, a, b);
        return Cosine(vectors[..teacher.Dimension], vectors[teacher.Dimension..]);
    }

    public static double Cosine(float[] a, float[] b) => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));

    private static double Dot(float[] a, float[] b) => a.Zip(b, static (p, q) => (double)p * q).Sum();
}
