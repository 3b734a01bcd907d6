namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>Which document a record seems to be about; null where it can't be told. For dead letters: the tenant is a name that one may have, the id is as it was sent.</summary>
public readonly record struct RecordIdentity(string? Tenant, string? Id);
