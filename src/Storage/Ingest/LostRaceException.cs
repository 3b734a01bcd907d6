namespace UnifiedVlm.Storage.Ingest;

/// <summary>
/// Another partition inserted a document or a collection of ours between our locking and our writing. It is locked next time, so this is no failure
/// but a reason to begin again.
/// </summary>
internal sealed class LostRaceException() : IOException("Another writer inserted one of the range's documents at the same moment.");
