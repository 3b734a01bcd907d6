namespace UnifiedVlm.Server.Http;

/// <summary>One row of GET /v1/collections.</summary>
internal sealed record CollectionListing(string Name);
