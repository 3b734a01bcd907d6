namespace UnifiedVlm.Tests.EndToEnd.Http.Access;

/// <summary>One of each thing that a tenant can have.</summary>
/// <param name="Marker">A word that stands in all of them and nowhere else.</param>
/// <param name="Position">In the inbox.</param>
/// <param name="Letter">Number of a dead letter.</param>
internal sealed record TenantBelongings(string Tenant, string Marker, string DocumentId, string Blob, long Position, long Letter, Guid Subscription);
