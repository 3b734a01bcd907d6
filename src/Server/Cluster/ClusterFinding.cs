namespace UnifiedVlm.Server.Cluster;

/// <summary>One line about a cluster.</summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Text">How it is.</param>
/// <param name="Fix">What to do; null: nothing is wrong.</param>
internal sealed record ClusterFinding(string Subject, string Text, string? Fix = null);
