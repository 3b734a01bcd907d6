namespace UnifiedVlm.Server.Demo;

/// <param name="Elapsed">From the first document read to the last one stored, the group's first join included.</param>
internal sealed record FeedReport(long Sent, long Bytes, TimeSpan Elapsed);
