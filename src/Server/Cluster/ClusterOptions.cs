using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cluster;

/// <summary>What a serving node is among others.</summary>
/// <param name="Name">Its own in the cluster.</param>
/// <param name="Advertise">Where others reach its HTTP interface; null: at the address it listens on, where that says it.</param>
/// <param name="Drain">How long requests under way may go on once the node is told to stop.</param>
internal sealed record ClusterOptions(NodeRoles Roles, string Name, Uri? Advertise, TimeSpan Drain)
{
    /// <summary>Roles that need the model.</summary>
    public const NodeRoles Working = NodeRoles.Ingest | NodeRoles.Encode | NodeRoles.Query;

    public bool Works => (Roles & Working) != NodeRoles.None;

    public bool Ingests => Roles.HasFlag(NodeRoles.Ingest);

    public bool Queries => Roles.HasFlag(NodeRoles.Query);
}
