namespace UnifiedVlm.Storage.Generations;

/// <summary>One set of vector tables, filled by one model.</summary>
/// <param name="Fingerprint">Names the model, adapter and head that made the vectors; vectors of different fingerprints don't compare.</param>
/// <param name="Dimension">D of every vector in it.</param>
public sealed record IndexGeneration(int Id, string Fingerprint, int Dimension, GenerationState State);
