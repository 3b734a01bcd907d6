namespace UnifiedVlm.Training.Samples;

/// <summary>A picture and what is where in it.</summary>
/// <param name="Regions">In the order in which they were drawn: a later one lies over those before.</param>
/// <param name="Elsewhere">What the rest of the picture is called; null where that is not known.</param>
public sealed record RegionSample(Picture Picture, IReadOnlyList<Region> Regions, string? Elsewhere);
