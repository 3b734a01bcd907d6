namespace UnifiedVlm.Storage.Search.Recall;

/// <summary>The two tables that have an HNSW index.</summary>
public enum RecallTable
{
    Parts,
    Documents,
}
