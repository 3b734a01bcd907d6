namespace UnifiedVlm.Storage.Inbox;

/// <summary>One record to be taken into the inbox.</summary>
/// <param name="DocumentId">Whose record it is, for whoever asks what became of it.</param>
public sealed record InboxPush(string Tenant, string DocumentId, string ContentType, ReadOnlyMemory<byte> Payload);
