namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>
/// Winoground's three scores of one item (Thrush et al., CVPR 2022): text (each picture chooses its caption), image (each caption chooses
/// its picture), group (both). Ties count as what breaking them by lot gives on average.
/// </summary>
/// <param name="Text">By chance 1/4.</param>
/// <param name="Image">By chance 1/4.</param>
/// <param name="Group">By chance 1/6.</param>
public readonly record struct WinogroundMeasure(double Text, double Image, double Group)
{
    public static WinogroundMeasure Random { get; } = new(1.0 / 4, 1.0 / 4, 1.0 / 6);

    /// <param name="c0i0">Caption 0 with picture 0, and so on.</param>
    /// <exception cref="ArgumentException">A score is no number.</exception>
    public static WinogroundMeasure Of(double c0i0, double c1i0, double c0i1, double c1i1, double tolerance = RetrievalMeasure.Tolerance)
    {
        double[] scores = [c0i0, c1i0, c0i1, c1i1];
        if (scores.Any(double.IsNaN))
            throw new ArgumentException("A score is not a number.", nameof(c0i0));
        int text = 0, image = 0, group = 0, orders = 0;
        foreach (var lot in Permutations)
        {
            bool Above(int a, int b) => Math.Abs(scores[a] - scores[b]) <= tolerance ? lot[a] > lot[b] : scores[a] > scores[b];
            var isText = Above(0, 1) && Above(3, 2);
            var isImage = Above(0, 2) && Above(3, 1);
            text += isText ? 1 : 0;
            image += isImage ? 1 : 0;
            group += isText && isImage ? 1 : 0;
            orders++;
        }

        return new WinogroundMeasure((double)text / orders, (double)image / orders, (double)group / orders);
    }

    /// <summary>All 24 orders in which four level scores can be drawn.</summary>
    private static int[][] Permutations { get; } =
    [
        .. from a in Enumerable.Range(0, 4)
           from b in Enumerable.Range(0, 4)
           from c in Enumerable.Range(0, 4)
           where a != b && a != c && b != c
           select new[] { a, b, c, 6 - a - b - c },
    ];
}
