namespace UnifiedVlm.Client;

/// <summary>The document is committed to the server's inbox: it will be indexed or become a dead letter, whatever dies.</summary>
/// <param name="Position">In the inbox.</param>
/// <param name="StatusUrl">What became of it can be asked here.</param>
public sealed record PushReceipt(string Id, long Position, string StatusUrl);
