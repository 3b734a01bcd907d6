namespace UnifiedVlm.Streams.Telemetry;

/// <summary>One bounded resource.</summary>
/// <param name="Name">What it bounds, in its unit: <c>raw bytes</c>, <c>pixel bytes</c>, <c>records</c>.</param>
/// <param name="Waiting">Partitions or workers held back by it now.</param>
public sealed record BudgetStatus(string Name, long InUse, long Capacity, long Peak, int Waiting);
