using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Workload;

/// <summary>A record on its way to the broker.</summary>
/// <param name="Poison">The field that its dead letter has to name; null for a good record.</param>
internal sealed record GeneratedRecord(int Partition, KafkaRecord Record, string? Poison);
