namespace UnifiedVlm.Training.Samples;

/// <summary>
/// A sequence of parts in order, for the similarity-matrix loss L_d (Sugar, arXiv 2411.00304). Samples with the same key are slices or views
/// of one sequence and similar by construction.
/// </summary>
public sealed record SequenceSample(string Key, IReadOnlyList<SequencePart> Parts);
