using UnifiedVlm.Training.Evaluation.Statistics;

namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>One figure, with the outcome of every item behind it, so that two models can be compared item by item.</summary>
/// <param name="Task">What was asked, such as <c>picture to text</c>.</param>
/// <param name="Score">What decided: a similarity, or <c>generation</c>.</param>
/// <param name="Name">Such as <c>R@1</c>.</param>
/// <param name="Items">Ids, one for each outcome.</param>
/// <param name="Outcomes">As <paramref name="Aggregate"/> reads them.</param>
/// <param name="Random">What chance gives; null where there is no such thing.</param>
public sealed record MeasureResult(
    string Task, string Score, string Name, Aggregate Aggregate, IReadOnlyList<string> Items, double[] Outcomes, double? Random)
{
    private (double[] Of, Interval Interval)? computed;

    /// <summary>For each outcome the name of the group it was drawn with, such as its picture; null where items are independent.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The same figure from the text alone; null where that makes no sense.</summary>
    public MeasureResult? TextOnly { get; init; }

    /// <summary>Among the few that a summary shows.</summary>
    public bool IsHeadline { get; init; }

    /// <summary>Each outcome is the difference of two: no share, even where none is below 0.</summary>
    public bool IsDifference { get; init; }

    /// <summary>The figure and its 95 % interval.</summary>
    public Interval Interval
    {
        get
        {
            // A changed copy has the field of what it was copied from.
            if (computed is not { } known || known.Of != Outcomes)
                computed = known = (Outcomes, IsDifference ? Aggregation.Difference(Aggregate, Outcomes, new double[Outcomes.Length], Groups) : Aggregation.Interval(Aggregate, Outcomes, Groups));
            return known.Interval;
        }
    }
}
