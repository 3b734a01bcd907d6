using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Items to evaluate on, read from one of the public formats. Pictures are read when they are needed.</summary>
/// <param name="Name">As results call it.</param>
/// <param name="Pictures">Reads the pictures that items name by path; null where they name none.</param>
public abstract record EvaluationSet(string Name, ImageFileResolver? Pictures)
{
    /// <summary>Items the measures run over.</summary>
    public abstract int Count { get; }

    /// <summary>The items in order, each as a model gets it.</summary>
    public abstract IEnumerable<SetItem> Contents { get; }

    /// <summary>So many items compete with each other; null where none do.</summary>
    public virtual int? Candidates => null;

    /// <summary>Most tokens of a text that is generated for it; null where that is nothing to be chosen.</summary>
    public virtual int? TokenLimit => null;

    /// <summary>The same set without some of its items, by their places.</summary>
    public abstract EvaluationSet Without(IReadOnlySet<int> items);

    /// <summary>What was left out and why, for the report; null for nothing.</summary>
    public string? Note { get; init; }

    private protected static List<T> Kept<T>(IReadOnlyList<T> items, IReadOnlySet<int> left) => [.. items.Where((_, i) => !left.Contains(i))];
}
