namespace UnifiedVlm.Training.Samples;

/// <summary>
/// Pairs that always share a batch, because each is a hard negative of the others: a scene and the same scene with two objects swapped,
/// say. A group of one has no such neighbours.
/// </summary>
public sealed record PairGroup(IReadOnlyList<ContentPair> Pairs);
