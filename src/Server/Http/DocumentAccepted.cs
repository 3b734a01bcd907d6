namespace UnifiedVlm.Server.Http;

/// <summary>202 of POST /v1/documents: the document is committed to the inbox at this position and will be indexed or dead-lettered.</summary>
internal sealed record DocumentAccepted(string Id, long Position);
