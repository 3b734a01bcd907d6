namespace UnifiedVlm.Client;

/// <summary>What became of a pushed document.</summary>
/// <param name="Status"><c>received</c> while it is not decided, then <c>indexed</c>, <c>unchanged</c>, <c>stale</c>, <c>deleted</c> or <c>dead</c>.</param>
/// <param name="Version">Of the document as it was stored afterwards.</param>
/// <param name="Dead">Why it could not be ingested.</param>
public sealed record PushStatus(long Position, string? Id, string Status, long? Version, DeadDocument? Dead)
{
    public bool IsDecided => Status != "received";
}
