namespace UnifiedVlm.Storage.Ingest;

/// <summary>A collection and the version rule of its first document.</summary>
internal readonly record struct CollectionKey(string Tenant, string Name);

/// <summary>A collection that this range begins.</summary>
internal readonly record struct CollectionRule(CollectionKey Key, string Rule);
