namespace UnifiedVlm.Storage.Ingest;

/// <summary>What one transaction does to one document, after all of the range's records for it are taken together.</summary>
/// <param name="Record">The one that decided.</param>
/// <param name="Version">To be stored.</param>
/// <param name="Sequence">To be stored, and carried by the event.</param>
/// <param name="Upsert">The content; null for a tombstone and for a mere version.</param>
internal sealed record DocumentWrite(
    DocumentWriteKind Kind, DocumentKey Key, RecordOutcome Record, DocumentVersion Version, long Sequence, DocumentUpsert? Upsert);

internal enum DocumentWriteKind
{
    /// <summary>Row, pictures and vectors.</summary>
    Replace,

    /// <summary>The content is stored already but this index has no vectors of it.</summary>
    VectorsOnly,

    /// <summary>Same content, newer version.</summary>
    VersionOnly,

    /// <summary>Both of these: nothing about the document changes but its version.</summary>
    VectorsAndVersion,

    /// <summary>Content and vectors go, the version stays.</summary>
    Tombstone,
}
