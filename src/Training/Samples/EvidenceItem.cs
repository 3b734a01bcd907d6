namespace UnifiedVlm.Training.Samples;

/// <summary>A document handed to the generator as evidence.</summary>
public sealed record EvidenceItem(string? Title, Content Content);
