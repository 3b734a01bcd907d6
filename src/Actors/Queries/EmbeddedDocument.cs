using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>A document's vectors, and how many tokens they were made from.</summary>
public sealed record EmbeddedDocument(SequenceEmbedding Embedding, int Tokens);
