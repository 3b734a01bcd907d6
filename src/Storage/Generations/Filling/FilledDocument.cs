using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Generations.Filling;

/// <summary>What became of a pending document.</summary>
/// <param name="Embedding">Null where nothing was to be encoded, or it failed.</param>
/// <param name="Problem">Why the model could not take it.</param>
public sealed record FilledDocument(PendingDocument Pending, SequenceEmbedding? Embedding, string? Problem);
