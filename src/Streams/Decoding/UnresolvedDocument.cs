using UnifiedVlm.Documents;

namespace UnifiedVlm.Streams.Decoding;

/// <summary>A document some of whose pictures are elsewhere, in the store or on the network. When they are at hand it is a <see cref="DecodedDocument"/>.</summary>
public sealed record UnresolvedDocument(InterleavedDocument Document) : DecodedRecord(Document.Tenant, Document.Id, Document.Version);
