namespace UnifiedVlm.Storage.Cluster;

/// <summary>Another process has taken this node's name: this one is no member any more.</summary>
public sealed class MemberReplacedException(string name)
    : Exception($"Another process has joined as '{name}' since. A node's name must be its own: give each its --node-name, or none.");
