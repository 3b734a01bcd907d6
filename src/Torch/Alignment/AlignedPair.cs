namespace UnifiedVlm.Torch.Alignment;

/// <summary>One step of an alignment: which part of the query met which part of the candidate.</summary>
/// <param name="QueryPart">Row of the query.</param>
/// <param name="CandidatePart">Row of the candidate.</param>
/// <param name="Similarity">Cosine of the two vectors.</param>
public readonly record struct AlignedPair(int QueryPart, int CandidatePart, float Similarity);
