namespace UnifiedVlm.Server.Http;

/// <summary>One row of GET /v1/documents.</summary>
/// <param name="Title">Left out where the document has none.</param>
internal sealed record DocumentListing(string Id, long Version, string? Title = null);
