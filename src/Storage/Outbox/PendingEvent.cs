namespace UnifiedVlm.Storage.Outbox;

/// <summary>An event that waits to be published.</summary>
/// <param name="Id">Names it, also when it is published again.</param>
/// <param name="Type">Such as <c>document.indexed</c>.</param>
/// <param name="Tenant">Null where it is about none, or none is known.</param>
/// <param name="DocumentId">Likewise.</param>
/// <param name="Sequence">Counts the document's changes; null where no document changed.</param>
/// <param name="Data">JSON in UTF-8.</param>
public sealed record PendingEvent(long Id, string Type, string? Tenant, string? DocumentId, long? Sequence, ReadOnlyMemory<byte> Data, DateTimeOffset CreatedAt);
