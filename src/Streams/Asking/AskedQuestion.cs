namespace UnifiedVlm.Streams.Asking;

/// <summary>A question as it came.</summary>
/// <param name="Kind"><c>search</c> or <c>answer</c>.</param>
/// <param name="Tenant">As its header names it; null: none is named there.</param>
public sealed record AskedQuestion(string Kind, string? Tenant, ReadOnlyMemory<byte> Body);
