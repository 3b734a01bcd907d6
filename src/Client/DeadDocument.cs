namespace UnifiedVlm.Client;

/// <param name="Number">Of the dead letter.</param>
/// <param name="Field">The document's field that is wrong, where one is.</param>
public sealed record DeadDocument(long Number, string Reason, string? Field, string? Detail);
