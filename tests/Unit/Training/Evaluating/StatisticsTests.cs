using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Tests.Unit.Training.Evaluating;

public sealed class StatisticsTests
{
    // Reference values of the closed formula, by hand and by other programs.
    [Theory]
    [InlineData(0, 10, 0, 0, 0.2775)]
    [InlineData(8, 10, 0.8, 0.4902, 0.9433)]
    [InlineData(10, 10, 1, 0.7225, 1)]
    [InlineData(1, 1, 1, 0.2065, 1)]
    [InlineData(1250, 2500, 0.5, 0.4804, 0.5196)]
    public void Wilson_s_interval(int successes, int count, double value, double low, double high)
    {
        var interval = Wilson.Of(successes, count);
        Assert.Equal(value, interval.Value, 1e-9);
        Assert.Equal(low, interval.Low, 1e-4);
        Assert.Equal(high, interval.High, 1e-4);
    }

    [Fact]
    public void The_bootstrap_of_a_mean_has_the_width_that_theory_gives()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 400).Select(_ => random.NextDouble()).ToArray();
        var mean = values.Average();
        var half = 1.96 * Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / values.Length);

        var interval = Aggregation.Interval(Aggregate.Mean, values);

        Assert.Equal(mean, interval.Value, 1e-9);
        Assert.Equal(mean - half, interval.Low, 0.1 * half);
        Assert.Equal(mean + half, interval.High, 0.1 * half);
        Assert.Equal(interval, Aggregation.Interval(Aggregate.Mean, values));
    }

    [Fact]
    public void Items_drawn_together_are_resampled_together()
    {
        // In each pair one is right and one is wrong: whatever pairs are drawn, the mean is 1/2.
        double[] outcomes = [.. Enumerable.Range(0, 100).Select(static i => i % 2 == 0 ? 1.0 : 0)];
        string[] pairs = [.. Enumerable.Range(0, 100).Select(static i => $"pair {i / 2}")];
        Assert.Equal(new Interval(0.5, 0.5, 0.5), Aggregation.Interval(Aggregate.Mean, outcomes, pairs));

        // Copies of an item add nothing to what is known.
        double[] copied = [.. outcomes.SelectMany(static o => Enumerable.Repeat(o + 0.5, 10))];
        string[] originals = [.. Enumerable.Range(0, 1000).Select(static i => $"{i / 10}")];
        var honest = Aggregation.Interval(Aggregate.Mean, copied, originals);
        var naive = Aggregation.Interval(Aggregate.Mean, copied);
        Assert.InRange((honest.High - honest.Low) / (naive.High - naive.Low), 2.5, 4);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.0)]
    public void Groups_that_are_all_right_or_all_wrong_are_not_certain(double outcome)
    {
        // 30 items of 10 draws know as much as 10 items.
        double[] outcomes = [.. Enumerable.Repeat(outcome, 30)];
        string[] groups = [.. Enumerable.Range(0, 30).Select(static i => $"{i / 3}")];
        Assert.Equal(Wilson.Of(outcome == 1 ? 10 : 0, 10), Aggregation.Interval(Aggregate.Mean, outcomes, groups));
    }

    [Fact]
    public void Groups_of_one_are_independent_items()
    {
        double[] outcomes = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
        string[] groups = [.. Enumerable.Range(0, 10).Select(static i => $"{i}")];
        Assert.Equal(Wilson.Of(8, 10), Aggregation.Interval(Aggregate.Mean, outcomes, groups));
    }

    [Fact]
    public void F1_precision_and_recall_of_decisions()
    {
        // 3 found, 1 missed, 2 wrongly found, 4 rightly left.
        double[] outcomes = [.. Repeat(3, true, true), .. Repeat(1, false, true), .. Repeat(2, true, false), .. Repeat(4, false, false)];
        var all = Enumerable.Range(0, 10).ToArray();
        Assert.Equal(6.0 / 9, Aggregation.Value(Aggregate.F1, outcomes, all), 1e-12);
        Assert.Equal(3.0 / 5, Aggregation.Value(Aggregate.Precision, outcomes, all), 1e-12);
        Assert.Equal(3.0 / 4, Aggregation.Value(Aggregate.Recall, outcomes, all), 1e-12);
        Assert.Equal(0, Aggregation.Value(Aggregate.F1, [Decision.TrueNegative], [0]));
        var interval = Aggregation.Interval(Aggregate.F1, outcomes);
        Assert.True(interval.Low < interval.Value && interval.Value < interval.High);
    }

    [Fact]
    public void Precision_and_recall_are_shares_of_what_counts_for_them()
    {
        // One found and nine rightly left: one item decides.
        double[] outcomes = [.. Repeat(1, true, true), .. Repeat(9, false, false)];
        Assert.Equal(Wilson.Of(1, 1), Aggregation.Interval(Aggregate.Precision, outcomes));
        Assert.Equal(Wilson.Of(1, 1), Aggregation.Interval(Aggregate.Recall, outcomes));
        Assert.Equal(Interval.NotEstimable(1), Aggregation.Interval(Aggregate.F1, outcomes));

        outcomes = [.. Repeat(3, true, true), .. Repeat(1, false, true), .. Repeat(2, true, false), .. Repeat(4, false, false)];
        Assert.Equal(Wilson.Of(3, 5), Aggregation.Interval(Aggregate.Precision, outcomes));
        Assert.Equal(Wilson.Of(3, 4), Aggregation.Interval(Aggregate.Recall, outcomes));

        // All found, two a draw: as much as is known of five draws.
        outcomes = [.. Repeat(10, true, true), .. Repeat(10, false, false)];
        string[] pairs = [.. Enumerable.Range(0, 20).Select(static i => $"{i / 2}")];
        foreach (var aggregate in (Aggregate[])[Aggregate.F1, Aggregate.Precision, Aggregate.Recall])
            Assert.Equal(Wilson.Of(5, 5), Aggregation.Interval(aggregate, outcomes, pairs));
    }

    [Fact]
    public void Resamples_without_a_decision_are_left_out()
    {
        // Three draws of one right and one wrong yes beside many that say no: precision is 1/2 whatever is drawn, if any of them is.
        double[] outcomes = [.. Enumerable.Repeat((double[])[Decision.TruePositive, Decision.FalsePositive], 3).SelectMany(static o => o), .. Repeat(40, false, false)];
        string[] groups = [.. Enumerable.Range(0, 6).Select(static i => $"{i / 2}"), .. Enumerable.Range(6, 40).Select(static i => $"{i}")];
        Assert.Equal(new Interval(0.5, 0.5, 0.5), Aggregation.Interval(Aggregate.Precision, outcomes, groups));
    }

    [Fact]
    public void A_single_draw_tells_nothing_of_others()
    {
        string[] one = ["g", "g"];
        Assert.Equal(Interval.NotEstimable(0.5), Aggregation.Interval(Aggregate.Mean, [1, 0], one));
        Assert.Equal(Interval.NotEstimable(0.25), Aggregation.Interval(Aggregate.Mean, [0.25]));
        Assert.Equal(Wilson.Of(1, 1), Aggregation.Interval(Aggregate.Mean, [1, 1], one));
        Assert.Equal(Interval.NotEstimable(0), Aggregation.Interval(Aggregate.F1, [Decision.TrueNegative, Decision.TrueNegative]));
        Assert.Equal(Interval.NotEstimable(1), Aggregation.Difference(Aggregate.Mean, [1, 1], [0, 0], one));
        Assert.False(Interval.NotEstimable(1).IsEstimable);
        Assert.Equal("not estimable", Interval.NotEstimable(1).Bounds(static b => $"{b}", " to "));
        Assert.Equal("0 to 1", new Interval(0.5, 0, 1).Bounds(static b => $"{b}", " to "));
    }

    [Fact]
    public void A_paired_difference_is_narrower_than_the_parts_suggest()
    {
        var random = new Random(2);
        var hard = Enumerable.Range(0, 500).Select(_ => random.NextDouble()).ToArray();
        var first = Array.ConvertAll(hard, h => h < 0.5 ? 1.0 : 0);
        var second = Array.ConvertAll(hard, h => h < 0.45 ? 1.0 : 0);

        var difference = Aggregation.Difference(Aggregate.Mean, first, second);

        Assert.Equal(first.Average() - second.Average(), difference.Value, 1e-12);
        Assert.True(difference.Low > 0);
        Assert.True(difference.High - difference.Low < 0.5 * (Wilson.Of((int)first.Sum(), 500).High - Wilson.Of((int)first.Sum(), 500).Low));
        Assert.Equal(new Interval(0, 0, 0), Aggregation.Difference(Aggregate.Mean, first, first));
        Assert.Throws<ArgumentException>(() => Aggregation.Difference(Aggregate.Mean, first, second[1..]));
    }

    [Fact]
    public void Nothing_has_no_interval()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Wilson.Of(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Of([], static _ => 0));
    }

    private static IEnumerable<double> Repeat(int count, bool decided, bool truth) => Enumerable.Repeat(Decision.Of(decided, truth), count);
}
