namespace UnifiedVlm.Storage.Keys;

/// <summary>Everything about a key but its secret.</summary>
/// <param name="Id">The public part: it is no secret and stands in lists and logs.</param>
/// <param name="Name">What the key is for, in the operator's words.</param>
/// <param name="Tenant">The only one that the key may touch; null is all of them.</param>
/// <param name="RequestsPerMinute">A node; null sets no limit.</param>
/// <param name="TokensPerMinute">Of prompts and what is generated, a node; null sets no limit.</param>
/// <param name="LastUsedAt">To some minutes; null: not yet.</param>
public sealed record ApiKey(
    string Id,
    string Name,
    string? Tenant,
    KeyScopes Scopes,
    int? RequestsPerMinute,
    int? TokensPerMinute,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt);
