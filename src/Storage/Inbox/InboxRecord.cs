namespace UnifiedVlm.Storage.Inbox;

/// <summary>Something pushed to us, stored before it was acknowledged.</summary>
/// <param name="Id">Rises with every record: the offset of the inbox as a log. There are gaps.</param>
/// <param name="LocalVersion">Of its document if that names none, by the rule <c>local</c>. Drawn when the record was first read, and kept: to read it again is to read the same.</param>
public sealed record InboxRecord(
    long Id, string Tenant, string? IdempotencyKey, string ContentType, ReadOnlyMemory<byte> Payload, DateTimeOffset ReceivedAt, InboxStatus Status, long LocalVersion);
