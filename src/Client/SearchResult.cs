namespace UnifiedVlm.Client;

/// <param name="Hits">Best first.</param>
public sealed record SearchResult(IReadOnlyList<SearchHit> Hits);
