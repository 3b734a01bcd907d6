using UnifiedVlm.Storage.DeadLetters;

namespace UnifiedVlm.Server.Http;

/// <summary>A dead letter without its bytes.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Topic">With partition and offset, where the record came from first.</param>
/// <param name="Detail">What the store refused, in a sentence, where its reason is a single word.</param>
/// <param name="Replays">How often it was ingested again.</param>
/// <param name="Replayable">False for a range that the log lost, and where only the record's beginning was kept.</param>
internal sealed record DeadLetterListing(
    long Id,
    DateTimeOffset CreatedAt,
    string? Tenant,
    string? DocumentId,
    string Topic,
    int Partition,
    long Offset,
    string Stage,
    string Reason,
    string? Field,
    string? Detail,
    long PayloadBytes,
    int Replays,
    bool Replayable)
{
    public static DeadLetterListing From(DeadLetterSummary letter) => new(
        letter.Id, letter.CreatedAt, letter.Tenant, letter.DocumentId, letter.Partition.Topic, letter.Partition.Partition, letter.Offset, letter.Stage, letter.Reason,
        letter.Field, letter.Detail, letter.PayloadBytes, letter.Replays, letter.IsReplayable);
}
