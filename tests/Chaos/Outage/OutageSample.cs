namespace UnifiedVlm.Chaos.Outage;

/// <param name="At">Since PostgreSQL was taken away; negative before.</param>
/// <param name="Sent">Records sent since then.</param>
internal sealed record OutageSample(TimeSpan At, OutagePhase Phase, long Sent, IReadOnlyList<NodeSample> Nodes);
