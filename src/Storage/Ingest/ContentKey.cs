namespace UnifiedVlm.Storage.Ingest;

/// <summary>A document and the SHA-256 of its content.</summary>
public readonly record struct ContentKey(string Tenant, string Id, ReadOnlyMemory<byte> ContentHash);
