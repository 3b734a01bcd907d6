namespace UnifiedVlm.Storage.Inbox;

/// <summary>Something pushed to us, stored before it was acknowledged.</summary>
/// <param name="Id">Rises with every record: the offset of the inbox as a log. There are gaps.</param>
public sealed record InboxRecord(
    long Id, string Tenant, string? IdempotencyKey, string ContentType, ReadOnlyMemory<byte> Payload, DateTimeOffset ReceivedAt, InboxStatus Status);
