namespace UnifiedVlm.Server.Demo;

/// <summary>How a lost node's partitions came to others.</summary>
/// <param name="Partitions">That it had.</param>
/// <param name="Joined">From the kill until the broker gave the first of them to others: the session's end, and its wait for all members to join again.</param>
/// <param name="Total">From the kill until others read all of them.</param>
internal sealed record MoveTimes(int Partitions, TimeSpan Joined, TimeSpan Total);
