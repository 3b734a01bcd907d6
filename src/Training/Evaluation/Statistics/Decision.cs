namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>A yes/no decision beside the truth, as an outcome's number.</summary>
public static class Decision
{
    public const double TrueNegative = 0;
    public const double FalsePositive = 1;
    public const double FalseNegative = 2;
    public const double TruePositive = 3;

    public static double Of(bool decided, bool truth) => (decided, truth) switch
    {
        (false, false) => TrueNegative,
        (true, false) => FalsePositive,
        (false, true) => FalseNegative,
        _ => TruePositive,
    };
}
