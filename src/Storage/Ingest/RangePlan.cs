namespace UnifiedVlm.Storage.Ingest;

/// <summary>What a range comes to, once it is known what is stored.</summary>
/// <param name="Writes">One a document, in lock order.</param>
/// <param name="DeadLetters">Handed in or found, in offset order.</param>
/// <param name="Records">What became of the records that are no dead letters, in offset order.</param>
/// <param name="NewCollections">Begun by this range.</param>
/// <param name="MissingEmbeddings">Offsets of documents whose vectors would be needed and are not there; the range can't be written.</param>
internal sealed record RangePlan(
    IReadOnlyList<DocumentWrite> Writes,
    IReadOnlyList<DeadLetter> DeadLetters,
    IReadOnlyList<ResolvedRecord> Records,
    IReadOnlyList<CollectionRule> NewCollections,
    IReadOnlyList<long> MissingEmbeddings,
    WriteSummary Summary);
