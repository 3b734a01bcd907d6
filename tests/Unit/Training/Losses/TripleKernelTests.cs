using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Tests.Unit.Alignment;
using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Losses;

namespace UnifiedVlm.Tests.Unit.Training.Losses;

public class TripleKernelTests
{
    private const double Weight = 0.75;
    private static readonly TripleKernel Kernel = new(3, 4, 2, Weight);

    private sealed record Part(bool IsPicture, float[] Shared, float[] Own);

    [Fact]
    public void Inner_products_are_the_three_cases()
    {
        var random = new Random(1);
        var (picture, otherPicture) = (RandomPart(random, true), RandomPart(random, true));
        var (text, otherText) = (RandomPart(random, false), RandomPart(random, false));
        AssertProduct(Weight * Dot(picture.Shared, otherPicture.Shared) + (1 - Weight) * Dot(picture.Own, otherPicture.Own), picture, otherPicture);
        AssertProduct(Weight * Dot(text.Shared, otherText.Shared) + (1 - Weight) * Dot(text.Own, otherText.Own), text, otherText);
        AssertProduct(Weight * Dot(picture.Shared, text.Shared), picture, text);
        AssertProduct(1, picture, picture);

        static void AssertProduct(double expected, Part a, Part b) => Assert.Equal(expected, Dot(Combine(Kernel, a), Combine(Kernel, b)), 1e-6);
    }

    [Fact]
    public void Gram_matrices_of_mixed_parts_have_no_negative_eigenvalue() => ForAll(static c =>
    {
        var rows = c.Parts.Select(p => Combine(Kernel, p)).ToArray();
        var gram = Gram(rows.Length, (a, b) => Local(2 - 2 * Dot(rows[a], rows[b]), c.Sigma));
        Assert.InRange(Eigenvalues.Smallest(gram), -1e-5, double.MaxValue);
    });

    [Fact]
    public void Gram_matrices_of_mixed_sequences_have_no_negative_eigenvalue() => ForAll(static c =>
    {
        // The parts are cut into sequences of 1, 2, 3, 1, 2, 3 .. parts.
        var offsets = new List<int> { 0 };
        while (offsets[^1] < c.Parts.Length)
            offsets.Add(Math.Min(c.Parts.Length, offsets[^1] + 1 + (offsets.Count - 1) % 3));
        var packed = c.Parts.SelectMany(p => Combine(Kernel, p)).ToArray();
        var options = new SimilarityOptions { Form = SimilarityForm.Normalised, Sigma = (float)c.Sigma };
        var count = offsets.Count - 1;
        var matrix = SequenceSimilarity.Matrix(new PackedSequences(packed, offsets.ToArray(), Kernel.Dimension), options);
        Assert.InRange(Eigenvalues.Smallest(Gram(count, (a, b) => matrix[a * count + b])), -1e-5, double.MaxValue);
    });

    [Fact]
    public void Leaving_the_modality_out_across_modalities_is_not_positive_definite()
    {
        // The same content four times, told apart in the modality's own space alone: what TripleKernel is not, and why.
        float[] shared = [1, 0, 0];
        var parts = Enumerable.Range(0, 8).Select(i => new Part(i < 4, shared, Axis(i % 4))).ToArray();
        var shortcut = Gram(8, (a, b) => Local(
            2 - 2 * Dot(parts[a].Shared, parts[b].Shared) + (parts[a].IsPicture == parts[b].IsPicture ? 2 - 2 * Dot(parts[a].Own, parts[b].Own) : 0), 0.5));
        Assert.InRange(Eigenvalues.Smallest(shortcut), double.MinValue, -1);

        var kernel = new TripleKernel(3, 4, 4);
        var rows = parts.Select(p => Combine(kernel, p)).ToArray();
        Assert.InRange(Eigenvalues.Smallest(Gram(8, (a, b) => Local(2 - 2 * Dot(rows[a], rows[b]), 0.5))), 0, 1);

        static float[] Axis(int k) => [.. Enumerable.Range(0, 4).Select(i => i == k ? 1f : 0f)];
    }

    [Fact]
    public void A_weight_of_one_is_the_ablation_with_one_shared_teacher()
    {
        var random = new Random(2);
        var kernel = new TripleKernel(3, 4, 2, 1);
        var (picture, text) = (RandomPart(random, true), RandomPart(random, false));
        Assert.Equal(Dot(picture.Shared, text.Shared), Dot(Combine(kernel, picture), Combine(kernel, text)), 1e-6);
        Assert.False(kernel.Combine(true, new float[3], picture.Own, new float[9]));
    }

    [Fact]
    public void A_teacher_that_knows_nothing_leaves_the_word_to_the_other()
    {
        float[] own = [0, 3, 0, 0];
        var combined = new float[9];
        Assert.True(Kernel.Combine(true, new float[3], own, combined));
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0, 0], combined);
        Assert.True(Kernel.Combine(false, [0, 0, 2], new float[2], combined));
        Assert.Equal([0, 0, 1, 0, 0, 0, 0, 0, 0], combined);
        Assert.False(Kernel.Combine(false, new float[3], new float[2], combined));
        Assert.Equal(new float[9], combined);
    }

    [Fact]
    public void Widths_that_do_not_fit_are_refused_by_name()
    {
        Assert.Throws<ArgumentException>("shared", () => Kernel.Combine(true, new float[2], new float[4], new float[9]));
        Assert.Throws<ArgumentException>("own", () => Kernel.Combine(false, new float[3], new float[4], new float[9]));
        Assert.Throws<ArgumentException>("combined", () => Kernel.Combine(true, new float[3], new float[4], new float[8]));
        Assert.Throws<ArgumentOutOfRangeException>("sharedWeight", () => new TripleKernel(3, 4, 2, 0));
        Assert.Throws<ArgumentOutOfRangeException>("sharedWeight", () => new TripleKernel(3, 4, 2, double.NaN));
    }

    private sealed record Case(double Sigma, Part[] Parts);

    private static void ForAll(Action<Case> property)
    {
        var cases =
            from seed in Gen.Choose(0, int.MaxValue)
            from count in Gen.Choose(2, 24)
            from sigma in Gen.Elements(0.3, 0.5, 1.0, 2.0)
            select new Case(sigma, MixedParts(new Random(seed), count));
        Prop.ForAll(cases.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    /// <summary>Pictures and texts, every third sharing its content with the one before, as a caption does with its picture.</summary>
    private static Part[] MixedParts(Random random, int count)
    {
        var parts = new Part[count];
        for (var i = 0; i < count; i++)
        {
            parts[i] = RandomPart(random, random.Next(2) == 0);
            if (i % 3 == 2)
                parts[i] = parts[i] with { Shared = parts[i - 1].Shared };
        }

        return parts;
    }

    private static Part RandomPart(Random random, bool isPicture) =>
        new(isPicture, Sequences.UnitRows(random, 1, 3), Sequences.UnitRows(random, 1, isPicture ? 4 : 2));

    private static float[] Combine(TripleKernel kernel, Part part)
    {
        var combined = new float[kernel.Dimension];
        Assert.True(kernel.Combine(part.IsPicture, part.Shared, part.Own, combined));
        return combined;
    }

    private static double[,] Gram(int count, Func<int, int, double> entry)
    {
        var gram = new double[count, count];
        for (var a = 0; a < count; a++)
        {
            for (var b = 0; b < count; b++)
                gram[a, b] = entry(a, b);
        }

        return gram;
    }

    private static double Local(double squaredDistance, double sigma)
    {
        var gaussian = Math.Exp(-squaredDistance / (2 * sigma * sigma));
        return gaussian / (2 - gaussian);
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, static (p, q) => (double)p * q).Sum();
}
