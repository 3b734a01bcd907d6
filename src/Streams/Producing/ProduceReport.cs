namespace UnifiedVlm.Streams.Producing;

/// <summary>What was sent.</summary>
/// <param name="Sent">Documents the brokers have acknowledged.</param>
/// <param name="Refused">Documents that can't be sent without risking others; empty when all is well.</param>
public sealed record ProduceReport(long Sent, long Bytes, IReadOnlyList<RefusedDocument> Refused);
