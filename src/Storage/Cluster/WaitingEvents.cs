namespace UnifiedVlm.Storage.Cluster;

/// <summary>Events that nobody has published yet.</summary>
/// <param name="OldestAge">Zero where there are none.</param>
public sealed record WaitingEvents(long Count, TimeSpan OldestAge);
