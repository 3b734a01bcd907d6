namespace UnifiedVlm.Streams.Telemetry;

/// <summary>A bounded queue that has no credits of its own.</summary>
/// <param name="Name">What waits in it; ends with <c>bytes</c> where it is bounded by them.</param>
/// <param name="Length">What waits now.</param>
/// <param name="Capacity">When it is full: docs/streams.md says what happens then.</param>
public sealed record QueueStatus(string Name, long Length, long Capacity);
