namespace UnifiedVlm.Training.Losses;

/// <summary>
/// The local kernel of the target matrix by modality (Sugar's triple kernel, arXiv 2411.00304): picture against picture and text against text
/// are compared in the shared space and in the space of their modality, a picture and a text in the shared space alone.
/// </summary>
/// <remarks>
/// Each part becomes one vector of unit length in one space, [sqrt(w) shared | sqrt(1 - w) picture's | 0] for a picture and
/// [sqrt(w) shared | 0 | sqrt(1 - w) text's] for a text: the concatenation of its teachers with zeros for the other modality's. Its inner
/// products are exactly the three cases, and as everything after is a function of vectors in ONE Euclidean space, exp(-t) is a
/// Gaussian kernel on it, the local kernel exp(-t) / (2 - exp(-t)) a power series in that with positive coefficients, and Cuturi's condition
/// for the alignment kernel (ICML 2011) holds. The price: a picture and a text never come nearer than the squared distance 2 (1 - w), however
/// alike. It can't be had for nothing: were they at distance 0, they would have to be equally far from every third part. The
/// tempting shortcut, the modality's factor left out for a picture and a text, is not positive definite (a test shows it).
/// </remarks>
public sealed class TripleKernel
{
    public const double DefaultSharedWeight = 0.75;

    private readonly double sharedWeight;

    /// <param name="sharedWidth">Width of the shared space.</param>
    /// <param name="pictureWidth">Width of the pictures' own space; 0 without one.</param>
    /// <param name="textWidth">Width of the texts' own space; 0 without one.</param>
    /// <param name="sharedWeight">w in (0, 1]; 1 is the ablation: one shared teacher.</param>
    public TripleKernel(int sharedWidth, int pictureWidth, int textWidth, double sharedWeight = DefaultSharedWeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sharedWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(pictureWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(textWidth);
        if (!(sharedWeight is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(sharedWeight), sharedWeight, "must be above 0 and at most 1");
        (SharedWidth, PictureWidth, TextWidth, this.sharedWeight) = (sharedWidth, pictureWidth, textWidth, sharedWeight);
    }

    public int SharedWidth { get; }

    public int PictureWidth { get; }

    public int TextWidth { get; }

    /// <summary>Width of a combined vector.</summary>
    public int Dimension => SharedWidth + PictureWidth + TextWidth;

    /// <summary>Writes a part's vector. A teacher that knows nothing of the part gives zeros; the other then speaks alone.</summary>
    /// <param name="shared">[SharedWidth], of any length or zeros.</param>
    /// <param name="own">[PictureWidth] or [TextWidth], of any length or zeros.</param>
    /// <param name="combined">[Dimension], overwritten: of unit length, or zeros when no teacher that counts knows the part.</param>
    /// <returns>False when no teacher that counts knows the part.</returns>
    public bool Combine(bool isPicture, ReadOnlySpan<float> shared, ReadOnlySpan<float> own, Span<float> combined)
    {
        CheckWidth(shared, SharedWidth, nameof(shared));
        CheckWidth(own, isPicture ? PictureWidth : TextWidth, nameof(own));
        CheckWidth(combined, Dimension, nameof(combined));
        combined.Clear();
        var (sharedNorm, ownNorm) = (Norm(shared), Norm(own));
        var sharedShare = sharedNorm > 0 ? sharedWeight : 0;
        var ownShare = ownNorm > 0 ? 1 - sharedWeight : 0;
        var total = sharedShare + ownShare;
        if (total == 0)
            return false;
        Scale(shared, Math.Sqrt(sharedShare / total), sharedNorm, combined);
        Scale(own, Math.Sqrt(ownShare / total), ownNorm, combined[(isPicture ? SharedWidth : SharedWidth + PictureWidth)..]);
        return true;
    }

    private static void Scale(ReadOnlySpan<float> vector, double length, double norm, Span<float> target)
    {
        for (var k = 0; norm > 0 && k < vector.Length; k++)
            target[k] = (float)(vector[k] * (length / norm));
    }

    private static double Norm(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (var value in vector)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    private static void CheckWidth(ReadOnlySpan<float> vector, int width, string name)
    {
        if (vector.Length != width)
            throw new ArgumentException($"has {vector.Length} values where {width} are expected", name);
    }
}
