namespace UnifiedVlm.Storage.Cluster;

/// <summary>Another has taken the lease since; what it protects was not written.</summary>
public sealed class LeaseLostException(string name) : Exception($"Another has taken the lease {name} since.");
