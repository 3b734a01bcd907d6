namespace UnifiedVlm.Storage.Ingest;

/// <summary>Counts over one written range.</summary>
/// <param name="Unchanged">Same content as stored: at most the version moved.</param>
/// <param name="Stale">Older than what is stored: ignored.</param>
/// <param name="DeadLettered">Dead letters handed in plus version conflicts found while writing.</param>
public readonly record struct WriteSummary(int Upserted, int Unchanged, int Stale, int Deleted, int DeadLettered);
