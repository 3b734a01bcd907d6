namespace UnifiedVlm.Storage.Search.Recall;

/// <summary>A vector whose nearest are looked for.</summary>
/// <param name="Vector">Of unit length.</param>
/// <param name="Excluded">The document that it was taken from, which would find itself; null: it is no stored one.</param>
public sealed record RecallQuestion(ReadOnlyMemory<float> Vector, string? Excluded);
