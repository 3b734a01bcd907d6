using UnifiedVlm.Storage.Inbox;

namespace UnifiedVlm.Server.Http;

/// <summary>GET /v1/inbox/{position}: what became of a pushed document.</summary>
/// <param name="Status">received, indexed, unchanged, stale, deleted or dead; done, where a program older than the others took it up.</param>
/// <param name="Version">Of the document as it was stored afterwards.</param>
/// <param name="Dead">Why it could not be ingested.</param>
internal sealed record DocumentStatus(
    long Position, string? Id, string Status, long? Version, DateTimeOffset ReceivedAt, DateTimeOffset? FinishedAt, DeadDocument? Dead)
{
    public static DocumentStatus From(PushOutcome outcome) => new(
        outcome.Id, outcome.DocumentId, (outcome.Result?.ToString() ?? outcome.Status.ToString()).ToLowerInvariant(), outcome.Version, outcome.ReceivedAt,
        outcome.FinishedAt, outcome.DeadLetter is { } letter ? new DeadDocument(letter.Number, letter.Reason, letter.Field, letter.Detail) : null);
}

/// <param name="Number">Of the dead letter, as <c>uvlm dead list</c> shows it.</param>
/// <param name="Detail">The chain of errors, or the store's explanation.</param>
internal sealed record DeadDocument(long Number, string Reason, string? Field, string? Detail);
