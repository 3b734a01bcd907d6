namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>Which document a record seems to be about; null where it can't be told. For dead letters: nothing of it has been checked.</summary>
public readonly record struct RecordIdentity(string? Tenant, string? Id);
