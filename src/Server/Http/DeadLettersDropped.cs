namespace UnifiedVlm.Server.Http;

/// <summary>How many dead letters are gone for good.</summary>
internal sealed record DeadLettersDropped(long Dropped);
