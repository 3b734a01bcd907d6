namespace UnifiedVlm.Storage.Generations;

/// <summary>Parameters of the HNSW graphs (Malkov and Yashunin, arXiv 1603.09320). They hold for a generation's whole life.</summary>
/// <param name="M">Links per node and layer: more finds more, and costs memory and time to build.</param>
/// <param name="EfConstruction">Candidates looked at while a node is inserted; at least 2 M.</param>
public sealed record HnswOptions(int M = 16, int EfConstruction = 64);
