using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Items to evaluate on, read from one of the public formats. Pictures are read when they are needed.</summary>
/// <param name="Name">As results call it.</param>
/// <param name="Pictures">Reads the pictures that items name by path; null where they name none.</param>
public abstract record EvaluationSet(string Name, ImageFileResolver? Pictures)
{
    /// <summary>Items the measures run over.</summary>
    public abstract int Count { get; }

    /// <summary>What was left out and why, for the report; null for nothing.</summary>
    public string? Note { get; init; }
}
