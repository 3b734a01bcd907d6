using System.Globalization;

namespace UnifiedVlm.Storage.Generations;

/// <summary>How the live generation is searched.</summary>
/// <param name="Progress">0 to 1 while an index is built, where its builder's session may be looked into; else null.</param>
/// <param name="Hnsw">Parameters of its indexes, present or to come.</param>
public sealed record VectorIndexStatus(VectorIndexState Parts, VectorIndexState Documents, double? Progress, HnswOptions Hnsw)
{
    /// <summary>In a few words, for people: of the part vectors, whose table is the larger one.</summary>
    public override string ToString() => Parts switch
    {
        VectorIndexState.Exact => "exact",
        VectorIndexState.Building when Progress is { } progress => string.Create(CultureInfo.InvariantCulture, $"exact, HNSW {Math.Floor(progress * 100)} % built"),
        VectorIndexState.Building => "exact, HNSW being built",
        _ => string.Create(CultureInfo.InvariantCulture, $"HNSW, m {Hnsw.M}, ef_construction {Hnsw.EfConstruction}"),
    };
}
