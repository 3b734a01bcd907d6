namespace UnifiedVlm.Chaos.Outage;

/// <summary>A queue or budget of a node, as it says itself.</summary>
internal sealed record Gauge(string Name, string Unit, long Used, long Limit);
