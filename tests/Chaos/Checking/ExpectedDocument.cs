namespace UnifiedVlm.Chaos.Checking;

/// <summary>How a document has to stand in the end.</summary>
/// <param name="Parts">Vectors the index has to hold for it.</param>
/// <param name="Pictures">Different pictures it refers to.</param>
/// <param name="Title">Names the version that it came with; null in a tombstone.</param>
internal sealed record ExpectedDocument(long Version, bool Deleted, int Parts, int Pictures, string? Title);
