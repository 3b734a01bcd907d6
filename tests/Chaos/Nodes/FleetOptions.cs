namespace UnifiedVlm.Chaos.Nodes;

/// <param name="Database">Connection string of every node, to which its place is added.</param>
/// <param name="Folder">For what a node keeps beside the database.</param>
/// <param name="Model">Folder of a checkpoint.</param>
/// <param name="Session">How long the broker waits for a member that is not heard of.</param>
internal sealed record FleetOptions(string Database, string Folder, string Model, string Bootstrap, string Topic, string Group, TimeSpan Session);
