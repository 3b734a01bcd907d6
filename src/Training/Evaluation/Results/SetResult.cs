namespace UnifiedVlm.Training.Evaluation.Results;

/// <summary>All figures of one set.</summary>
/// <param name="Count">Items of the set.</param>
/// <param name="Seconds">Taken by the set, reading pictures included.</param>
/// <param name="Note">What was left out; null for nothing.</param>
public sealed record SetResult(string Name, string Format, int Count, double Seconds, string? Note, IReadOnlyList<MeasureResult> Measures)
{
    /// <summary>Of the items (<see cref="Sets.ContentsDigest"/>), so that no two sets are compared that are not the same; null in files of older versions.</summary>
    public string? Digest { get; init; }

    /// <summary>So many items compete with each other; null where none do, and in files of older versions.</summary>
    public int? Candidates { get; init; }

    /// <summary>Most tokens of a generated text (<c>max_tokens</c>); null where that is nothing to be chosen, and in files of older versions.</summary>
    public int? TokenLimit { get; init; }

    /// <summary>Items that can't be used and were left out, each with what is wrong.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
