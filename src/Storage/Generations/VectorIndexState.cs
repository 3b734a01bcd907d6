namespace UnifiedVlm.Storage.Generations;

/// <summary>How a table of vectors is searched.</summary>
public enum VectorIndexState
{
    /// <summary>By looking at every vector of the tenant: finds all there is to find, and takes time by their number.</summary>
    Exact,

    /// <summary>Exactly, while an HNSW index is being built.</summary>
    Building,

    /// <summary>By an HNSW index, which every insert extends.</summary>
    Hnsw,
}
