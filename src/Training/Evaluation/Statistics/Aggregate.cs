namespace UnifiedVlm.Training.Evaluation.Statistics;

/// <summary>How the outcomes of single items become one figure.</summary>
public enum Aggregate
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>F1 of a yes/no decision; outcomes are <see cref="Decision"/>.</summary>
    F1,

    /// <summary>Precision of a yes/no decision; outcomes are <see cref="Decision"/>.</summary>
    Precision,

    /// <summary>Recall of a yes/no decision; outcomes are <see cref="Decision"/>.</summary>
    Recall,
}
