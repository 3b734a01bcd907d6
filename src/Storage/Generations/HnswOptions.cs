namespace UnifiedVlm.Storage.Generations;

/// <summary>
/// Parameters of the HNSW graphs (Malkov and Yashunin, arXiv 1603.09320). They hold for a generation's whole life. docs/storage.md has what they cost and find.
/// </summary>
/// <param name="M">Links per node and layer: more finds more; an insert costs nearly its square.</param>
/// <param name="EfConstruction">Candidates looked at while a node is inserted; at least 2 M.</param>
public sealed record HnswOptions(int M = 12, int EfConstruction = 64);
