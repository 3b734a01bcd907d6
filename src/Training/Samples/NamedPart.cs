namespace UnifiedVlm.Training.Samples;

/// <summary>A part of a view.</summary>
/// <param name="Meaning">The same number as that of every other part of the sample that says or shows the same.</param>
public sealed record NamedPart(ContentPart Part, int Meaning);
