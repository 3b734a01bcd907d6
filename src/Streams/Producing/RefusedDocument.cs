namespace UnifiedVlm.Streams.Producing;

/// <summary>A document that was not sent.</summary>
public sealed record RefusedDocument(string Id, long Bytes, string Reason);
