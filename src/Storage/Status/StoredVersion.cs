namespace UnifiedVlm.Storage.Status;

/// <summary>What a sender needs to know to send only what is new.</summary>
/// <param name="ContentHash">SHA-256 of the stored content.</param>
public sealed record StoredVersion(string Id, long Version, ReadOnlyMemory<byte> ContentHash);
