namespace UnifiedVlm.Training.Evaluation.Measures;

/// <summary>One choice of two: 1 for the right one, 1/2 for a tie.</summary>
public static class ChoiceMeasure
{
    public const double Random = 0.5;

    /// <exception cref="ArgumentException">A score is no number.</exception>
    public static double Of(double right, double wrong, double tolerance = RetrievalMeasure.Tolerance)
    {
        if (double.IsNaN(right) || double.IsNaN(wrong))
            throw new ArgumentException("A score is not a number.", nameof(right));
        return Math.Abs(right - wrong) <= tolerance ? 0.5 : right > wrong ? 1 : 0;
    }
}
