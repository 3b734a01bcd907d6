namespace UnifiedVlm.Storage.Generations;

/// <summary>A table with vectors, as the catalogue has it.</summary>
/// <param name="Name">Without the schema.</param>
/// <param name="HasIndex">A finished HNSW index, whoever made it.</param>
/// <param name="HasRemains">An index of ours that is not finished: it is being built, or its build was interrupted.</param>
/// <param name="MostRows">It can't hold more vectors than this, by its size.</param>
internal sealed record VectorTable(string Name, bool HasIndex, bool HasRemains, long MostRows, HnswOptions Hnsw);
