using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Refusals;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class RefusalTunerTests
{
    [Fact]
    public void Two_signs_that_tell_only_together_are_weighed_against_each_other()
    {
        // Unanswerable where the refusal is likelier than the question: neither alone says which.
        var questions = Enumerable.Range(0, 400).Select(static i => new RefusalSigns((i % 20) - 10, (i / 20 % 20) - 10)).Where(static s => s.Refusal != s.Question)
            .Select(static s => (s, IsAnswerable: s.Refusal < s.Question)).ToList();
        var tuner = new RefusalTuner(questions);

        var fitted = tuner.Fit();

        Assert.True(fitted is { RefusalWeight: > 0, QuestionWeight: < 0 }, fitted.ToString());
        Assert.Equal(1, F1(tuner.Outcomes(fitted)));
        Assert.InRange(F1(tuner.CrossValidated()), 0.97, 1);
        Assert.InRange(F1(tuner.Outcomes(tuner.FitThreshold())), 0.6, 0.8);
    }

    [Fact]
    public void The_threshold_is_where_F1_is_best()
    {
        // From 3 on: two of three are right and none is missed. One higher or lower is worse.
        var questions = new[] { (5.0, false), (4.0, true), (3.0, false), (1.0, true), (0.0, true) }.Select(static q => (new RefusalSigns(q.Item1, 0), q.Item2)).ToList();
        var settings = new RefusalTuner(questions).FitThreshold();
        Assert.Equal((1, 0, -2), (settings.RefusalWeight, settings.QuestionWeight, settings.Bias));
        Assert.Equal(
            [Decision.TruePositive, Decision.FalsePositive, Decision.TruePositive, Decision.TrueNegative, Decision.TrueNegative], new RefusalTuner(questions).Outcomes(settings));
    }

    [Fact]
    public void Questions_of_one_kind_tell_nothing() =>
        Assert.Throws<ArgumentException>(static () => new RefusalTuner([(new RefusalSigns(1, 1), true), (new RefusalSigns(2, 1), true)]));

    private static double F1(double[] outcomes) => Aggregation.Value(Aggregate.F1, outcomes, [.. Enumerable.Range(0, outcomes.Length)]);
}
