using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Refusals;

/// <summary>
/// Finds what the two signs should weigh (<see cref="RefusalSettings"/>): by logistic regression, and the bias where F1 of the refusals is best, as SQuAD 2.0's
/// threshold is found on its development set (Rajpurkar et al., arXiv 1806.03822).
/// </summary>
public sealed class RefusalTuner
{
    private const int Steps = 50;

    // So small that it only keeps weights finite where the questions are told apart without an error.
    private const double Ridge = 1e-3;

    private readonly IReadOnlyList<(RefusalSigns Signs, bool IsAnswerable)> questions;

    /// <param name="questions">Some of them answerable, and some not.</param>
    public RefusalTuner(IReadOnlyList<(RefusalSigns Signs, bool IsAnswerable)> questions)
    {
        if (questions.Select(static q => q.IsAnswerable).Distinct().Count() < 2)
            throw new ArgumentException("Questions of both kinds are needed.", nameof(questions));
        this.questions = questions;
    }

    /// <summary>By both signs, fitted to all questions.</summary>
    public RefusalSettings Fit() => WithBestBias(FitWeights(All), All);

    /// <summary>The weights of other questions, with the bias that suits these best.</summary>
    public RefusalSettings WithBestBias(RefusalSettings settings) => WithBestBias(settings, All);

    /// <summary>By the model's own refusal alone: only the threshold is fitted.</summary>
    public RefusalSettings FitThreshold() => WithBestBias(new RefusalSettings { RefusalWeight = 1, QuestionWeight = 0, Bias = 0 });

    /// <summary>For each question <see cref="Decision"/>'s number.</summary>
    public double[] Outcomes(RefusalSettings settings) => [.. questions.Select(q => Outcome(settings, q))];

    /// <summary>The same by both signs, fitted to the other half of the questions: what new ones may expect.</summary>
    /// <param name="weights">Of other questions, where only the bias is fitted to these.</param>
    public double[] CrossValidated(RefusalSettings? weights = null)
    {
        // Every second one of either kind, so that the halves are alike whatever the order.
        var half = new int[questions.Count];
        var seen = new int[2];
        for (var i = 0; i < half.Length; i++)
            half[i] = seen[questions[i].IsAnswerable ? 1 : 0]++ % 2;
        var fitted = new[] { 0, 1 }.Select(own =>
        {
            List<int> others = [.. Enumerable.Range(0, half.Length).Where(i => half[i] != own)];
            return WithBestBias(weights ?? FitWeights(others), others);
        }).ToArray();
        return [.. questions.Select((q, i) => Outcome(fitted[half[i]], q))];
    }

    private List<int> All => [.. Enumerable.Range(0, questions.Count)];

    private static double Outcome(RefusalSettings settings, (RefusalSigns Signs, bool IsAnswerable) question) =>
        Decision.Of(settings.Score(question.Signs) > 0, !question.IsAnswerable);

    private RefusalSettings FitWeights(List<int> among)
    {
        // Newton's method on the log-likelihood of three weights.
        var w = new double[3];
        for (var step = 0; step < Steps; step++)
        {
            var gradient = new[] { -Ridge * w[0], -Ridge * w[1], -Ridge * w[2] };
            var curvature = new double[3, 3];
            for (var i = 0; i < 3; i++)
                curvature[i, i] = Ridge;
            foreach (var q in among)
            {
                double[] x = [1, questions[q].Signs.Refusal, questions[q].Signs.Question];
                var p = 1 / (1 + Math.Exp(-((w[0] * x[0]) + (w[1] * x[1]) + (w[2] * x[2]))));
                for (var i = 0; i < 3; i++)
                {
                    gradient[i] += x[i] * ((questions[q].IsAnswerable ? 0 : 1) - p);
                    for (var j = 0; j < 3; j++)
                        curvature[i, j] += x[i] * x[j] * p * (1 - p);
                }
            }

            var move = Solve(curvature, gradient);
            for (var i = 0; i < 3; i++)
                w[i] += move[i];
        }

        return new RefusalSettings { Bias = w[0], RefusalWeight = Rounded(w[1]), QuestionWeight = Rounded(w[2]) };
    }

    /// <summary>Where F1 is best, half-way to the next question; of several such places the first.</summary>
    private RefusalSettings WithBestBias(RefusalSettings settings, List<int> among)
    {
        var scores = among.Select(q => (Score: settings.Score(questions[q].Signs), questions[q].IsAnswerable)).OrderByDescending(static s => s.Score).ToList();
        var (best, threshold) = (-1.0, 0.0);
        var (right, wrong, all) = (0, 0, scores.Count(static s => !s.IsAnswerable));
        for (var i = 0; i < scores.Count; i++)
        {
            (right, wrong) = scores[i].IsAnswerable ? (right, wrong + 1) : (right + 1, wrong);
            if (i + 1 < scores.Count && scores[i + 1].Score == scores[i].Score)
                continue;
            var f1 = right / (right + ((wrong + all - right) / 2.0));
            if (f1 > best)
                (best, threshold) = (f1, i + 1 < scores.Count ? (scores[i].Score + scores[i + 1].Score) / 2 : scores[i].Score - 1);
        }

        return settings with { Bias = Rounded(settings.Bias - threshold) };
    }

    private static double Rounded(double weight) => Math.Round(weight, 4);

    /// <summary>Gauss's elimination; the matrix is positive definite.</summary>
    private static double[] Solve(double[,] matrix, double[] right)
    {
        for (var i = 0; i < 3; i++)
        {
            for (var row = i + 1; row < 3; row++)
            {
                var factor = matrix[row, i] / matrix[i, i];
                for (var column = i; column < 3; column++)
                    matrix[row, column] -= factor * matrix[i, column];
                right[row] -= factor * right[i];
            }
        }

        for (var i = 2; i >= 0; i--)
        {
            for (var column = i + 1; column < 3; column++)
                right[i] -= matrix[i, column] * right[column];
            right[i] /= matrix[i, i];
        }

        return right;
    }
}
