namespace UnifiedVlm.Storage.Keys;

/// <summary>What a new key is to allow.</summary>
/// <param name="Tenant">The only one that it may touch; null is all of them.</param>
/// <param name="Lifetime">Null: until it is revoked.</param>
public sealed record ApiKeyGrant(string Name, string? Tenant, KeyScopes Scopes, int? RequestsPerMinute = null, int? TokensPerMinute = null, TimeSpan? Lifetime = null);
