namespace UnifiedVlm.Training.Samples;

/// <summary>Several sequences with parts in common: the same steps shown, told or both; a stretch of a page, and parts of it alone.</summary>
public sealed record PartsSample(IReadOnlyList<IReadOnlyList<NamedPart>> Views);
