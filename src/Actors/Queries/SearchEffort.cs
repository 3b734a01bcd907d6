namespace UnifiedVlm.Actors.Queries;

/// <summary>How much a search looks at.</summary>
/// <param name="Candidates">Documents that are fetched for reranking, at most.</param>
/// <param name="EfSearch">hnsw.ef_search.</param>
/// <param name="Budget">What the two were chosen for; null: they were given, or nothing was to be kept to.</param>
public sealed record SearchEffort(int Candidates, int EfSearch, TimeSpan? Budget);
