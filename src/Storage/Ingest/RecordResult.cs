namespace UnifiedVlm.Storage.Ingest;

/// <summary>What the store did with a record that was no dead letter.</summary>
public enum RecordResult
{
    /// <summary>Stored, with vectors.</summary>
    Indexed,

    /// <summary>Same content as stored: at most the version moved.</summary>
    Unchanged,

    /// <summary>Older than what is stored: ignored.</summary>
    Stale,

    /// <summary>The document is gone; its version stays.</summary>
    Deleted,
}

/// <param name="Version">Stored after the record was taken.</param>
internal readonly record struct ResolvedRecord(long Offset, RecordResult Result, long Version);
