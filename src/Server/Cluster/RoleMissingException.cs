using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cluster;

/// <summary>The request is for a node with another role.</summary>
internal sealed class RoleMissingException(NodeRoles role)
    : Exception($"This node does not do that: it does not have the role {role.ToString().ToLowerInvariant()}. Ask one that has, or a gateway.");
