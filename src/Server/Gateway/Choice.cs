namespace UnifiedVlm.Server.Gateway;

/// <param name="Passage">To the node that was chosen; null: none.</param>
/// <param name="IsFull">There are nodes, and none of them has room.</param>
/// <param name="LacksDevices">There are nodes, and none of them has a device.</param>
internal readonly record struct Choice(Passage? Passage, bool IsFull = false, bool LacksDevices = false);
