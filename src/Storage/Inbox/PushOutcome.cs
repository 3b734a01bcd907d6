namespace UnifiedVlm.Storage.Inbox;

/// <summary>What became of a pushed record, from the transaction that took it up.</summary>
/// <param name="DocumentId">Null: pushed when this was not noted yet.</param>
/// <param name="Result">Null while it waits, where it became a dead letter, and where it was taken up when this was not noted yet.</param>
/// <param name="Version">Of the document as it was stored afterwards; null with <paramref name="Result"/>.</param>
/// <param name="DeadLetter">Why it could not be ingested; null unless <paramref name="Status"/> says so.</param>
public sealed record PushOutcome(
    long Id, string? DocumentId, InboxStatus Status, Ingest.RecordResult? Result, long? Version, PushDeadLetter? DeadLetter,
    DateTimeOffset ReceivedAt, DateTimeOffset? FinishedAt);

/// <param name="Number">As <c>uvlm dead list</c> shows it.</param>
/// <param name="Detail">The chain of errors, or the store's explanation.</param>
public sealed record PushDeadLetter(long Number, string Reason, string? Field, string? Detail);
