namespace UnifiedVlm.Server.Http;

/// <summary>202 of POST /v1/documents: the document is committed to the inbox at this position and will be indexed or dead-lettered.</summary>
/// <param name="StatusUrl">Tells what became of it; also the Location of the reply.</param>
internal sealed record DocumentAccepted(string Id, long Position, string StatusUrl);

/// <summary>202 for a batch: its documents in the order they were sent.</summary>
internal sealed record DocumentsAccepted(IReadOnlyList<DocumentAccepted> Documents);
