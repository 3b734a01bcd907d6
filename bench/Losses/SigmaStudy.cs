using UnifiedVlm.Torch.Alignment;
using UnifiedVlm.Training.Losses;

namespace UnifiedVlm.Bench.Losses;

/// <summary>
/// Which form and sigma tells related sequences from unrelated ones. Sequences of 3 to 8 unit vectors [256] whose unrelated members have an
/// expected cosine of 0 or 0.3 (a cone, as trained encoders leave it). Related: a noisy twin (cosine 0.8 part by part), a slice of half the
/// length, a copy with two foreign parts. Unrelated: another sequence of the same length, one of another length, the same parts shuffled.
/// </summary>
internal static class SigmaStudy
{
    private const int Width = 256, Trials = 400;

    private static readonly string[] Related = ["twin", "slice", "inserted"];
    private static readonly string[] Unrelated = ["other", "other length", "shuffled"];

    public static void Run()
    {
        foreach (var cone in new[] { 0.0, 0.3 })
        {
            Console.WriteLine($"\nunrelated parts at cosine {cone}: mean similarity; AUC of related against unrelated; slope = mean |dS/dx| of unrelated and twin");
            Console.WriteLine("| form | sigma | twin | slice | inserted | other | other length | shuffled | AUC | slope other | slope twin |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
            foreach (var form in new[] { SimilarityForm.PerStep, SimilarityForm.Normalised })
            {
                foreach (var sigma in new[] { 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.8f, 1f, 1.5f })
                    Row(cone, new SimilarityOptions { Form = form, Sigma = sigma });
            }

            Row(cone, new SimilarityOptions { Form = SimilarityForm.MeanPooled });
        }
    }

    private static void Row(double cone, SimilarityOptions options)
    {
        var random = new Random(17);
        var scores = Related.Concat(Unrelated).ToDictionary(static kind => kind, static _ => new List<double>());
        double slopeOther = 0, slopeTwin = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var axis = UnitVectors.Next(random, Width);
            var sequence = Sequence(random.Next(4, 9));
            foreach (var kind in scores.Keys)
            {
                var (similarity, slope) = Compare(sequence, Partner(kind, sequence), options);
                scores[kind].Add(similarity);
                slopeOther += kind == "other" ? slope / Trials : 0;
                slopeTwin += kind == "twin" ? slope / Trials : 0;
            }

            float[][] Sequence(int length) => [.. Enumerable.Range(0, length).Select(_ => UnitVectors.Near(random, axis, Math.Sqrt(cone)))];

            float[][] Partner(string kind, float[][] parts) => kind switch
            {
                "twin" => [.. parts.Select(part => UnitVectors.Near(random, part, 0.8))],
                "slice" => parts[(parts.Length / 4)..(parts.Length / 4 + parts.Length / 2)],
                "inserted" => [.. parts[..(parts.Length / 2)], .. Sequence(2), .. parts[(parts.Length / 2)..]],
                "other" => Sequence(parts.Length),
                "other length" => Sequence(parts.Length / 2),
                "shuffled" => Shuffled(parts, random),
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is not a known kind"),
            };
        }

        Console.WriteLine(
            $"| {options.Form} | {(options.Form == SimilarityForm.MeanPooled ? "-" : options.Sigma)} | "
            + string.Join(" | ", scores.Values.Select(static s => $"{s.Average():F3}"))
            + $" | {Auc([.. Related.SelectMany(k => scores[k])], [.. Unrelated.SelectMany(k => scores[k])]):F3} | {slopeOther:F3} | {slopeTwin:F3} |");
    }

    private static float[][] Shuffled(float[][] parts, Random random)
    {
        var shuffled = parts.ToArray();
        do
            random.Shuffle(shuffled);
        while (shuffled[0] == parts[0] || shuffled[^1] == parts[^1]);
        return shuffled;
    }

    private static (double Similarity, double Slope) Compare(float[][] x, float[][] y, SimilarityOptions options)
    {
        float[] rows = [.. x.SelectMany(static r => r), .. y.SelectMany(static r => r)];
        var packed = new PackedSequences(rows, [0, x.Length, x.Length + y.Length], Width);
        var matrix = SequenceSimilarity.Matrix(packed, options);
        var gradient = SequenceSimilarity.Gradient(packed, options, matrix, [0, 0.5f, 0.5f, 0]);
        return (matrix[1], Math.Sqrt(gradient.Sum(static v => (double)v * v)));
    }

    /// <summary>Share of (related, unrelated) pairs in which the related one scores higher.</summary>
    private static double Auc(double[] related, double[] unrelated)
    {
        Array.Sort(unrelated);
        var below = related.Sum(score =>
        {
            var at = Array.BinarySearch(unrelated, score);
            return (double)(at < 0 ? ~at : at);
        });
        return below / related.Length / unrelated.Length;
    }
}
