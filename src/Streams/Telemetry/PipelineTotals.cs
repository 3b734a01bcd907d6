namespace UnifiedVlm.Streams.Telemetry;

/// <summary>Counts since the pipeline began, of what the store has committed.</summary>
/// <param name="Records">Records read, lost ranges not counted.</param>
/// <param name="Bytes">Their raw bytes.</param>
/// <param name="Upserted">Documents stored.</param>
/// <param name="Unchanged">Documents found stored with the same content.</param>
/// <param name="Stale">Older than what is stored.</param>
/// <param name="Deleted">Deletes applied.</param>
/// <param name="DeadLettered">Records that could not be ingested.</param>
/// <param name="LostRanges">Ranges that the log had dropped before they were read.</param>
/// <param name="Dropped">Records given up with their partition; its next owner reads them again.</param>
public sealed record PipelineTotals(
    long Records, long Bytes, long Upserted, long Unchanged, long Stale, long Deleted, long DeadLettered, long LostRanges, long Dropped);
