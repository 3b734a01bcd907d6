using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Decoding;

/// <summary>What a record asks for.</summary>
/// <param name="Version">Null: the record's source says which version it is.</param>
public abstract record DecodedRecord(string Tenant, string Id, long? Version);

/// <summary>A document to be stored.</summary>
/// <param name="ContentHash">SHA-256 over everything that is stored, pictures included, version excluded.</param>
/// <param name="Images">The encoded bytes of its pictures, in the order of its image parts.</param>
public sealed record DecodedDocument(InterleavedDocument Document, ReadOnlyMemory<byte> ContentHash, IReadOnlyList<ReadOnlyMemory<byte>> Images)
    : DecodedRecord(Document.Tenant, Document.Id, Document.Version);

/// <summary>A delete request or a tombstone.</summary>
public sealed record DecodedDelete(string Tenant, string Id, long? Version) : DecodedRecord(Tenant, Id, Version);
