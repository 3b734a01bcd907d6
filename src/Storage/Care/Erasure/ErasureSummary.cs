namespace UnifiedVlm.Storage.Care.Erasure;

/// <summary>What was erased.</summary>
/// <param name="Documents">Documents; of a single one 1 if it had content, or was a tombstone of a document that was deleted before.</param>
/// <param name="Pictures">That no other document shows.</param>
/// <param name="InboxRecords">What had been pushed over HTTP.</param>
public sealed record ErasureSummary(long Documents, long Pictures, long DeadLetters, long Events, long InboxRecords)
{
    public bool IsEmpty => Documents + Pictures + DeadLetters + Events + InboxRecords == 0;
}
