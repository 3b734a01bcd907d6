namespace UnifiedVlm.Server.Http;

/// <summary>One row of GET /v1/documents.</summary>
internal sealed record DocumentListing(string Id, long Version);
