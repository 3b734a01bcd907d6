namespace UnifiedVlm.Storage.Cluster;

/// <summary>What holds for as long as a node's process lives.</summary>
/// <param name="Name">Of its own among the members. A process that takes a name ends the claim of the one before it.</param>
/// <param name="HttpAddress">Where others reach its HTTP interface; null: nowhere.</param>
/// <param name="RpcAddress">Where others reach its devices; null: it lends none.</param>
/// <param name="Fingerprint">Names the model it has; null: none.</param>
/// <param name="Dimension">D of its vectors; null where there is no model.</param>
/// <param name="Version">Of the program.</param>
public sealed record MemberInfo(string Name, NodeRoles Roles, Uri? HttpAddress, Uri? RpcAddress, string? Fingerprint, int? Dimension, string Version);
