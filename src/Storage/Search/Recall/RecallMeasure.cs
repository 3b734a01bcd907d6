namespace UnifiedVlm.Storage.Search.Recall;

/// <summary>What one setting found, over all questions.</summary>
/// <param name="EfSearch">hnsw.ef_search; null: every vector was looked at.</param>
/// <param name="Recall">The share of the nearest that are among what was found, as a mean over the questions. One as near as the last of them counts as one of them.</param>
/// <param name="P50">Of the time that a question took, round trip included.</param>
/// <param name="P95">Likewise.</param>
public sealed record RecallMeasure(int? EfSearch, double Recall, TimeSpan P50, TimeSpan P95);
