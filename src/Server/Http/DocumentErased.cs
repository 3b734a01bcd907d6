using UnifiedVlm.Storage.Care.Erasure;

namespace UnifiedVlm.Server.Http;

/// <summary>200 of DELETE /v1/documents/{id}?erase=true: how much of it there was.</summary>
/// <param name="Document">False: it was not stored, or deleted before.</param>
/// <param name="Pictures">That no other document shows.</param>
/// <param name="Pushed">Records in the inbox.</param>
internal sealed record DocumentErased(string Id, bool Document, long Pictures, long DeadLetters, long Events, long Pushed)
{
    public static DocumentErased From(string id, ErasureSummary summary)
        => new(id, summary.Documents > 0, summary.Pictures, summary.DeadLetters, summary.Events, summary.InboxRecords);
}
