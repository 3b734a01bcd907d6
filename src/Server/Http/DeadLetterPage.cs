namespace UnifiedVlm.Server.Http;

/// <summary>GET /v1/dead-letters.</summary>
/// <param name="Next">The number to ask on after; absent on the last page.</param>
internal sealed record DeadLetterPage(IReadOnlyList<DeadLetterListing> DeadLetters, long? Next);
