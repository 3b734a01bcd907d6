namespace UnifiedVlm.Training.Samples;

/// <summary>A part of a sequence with what is known of it.</summary>
/// <param name="Knowledge">
/// A unit vector [K] made from exact knowledge of the part (its scene graph): parts that show or say the same have the same one, whatever
/// their modality. Empty where nothing is known, as in real documents; teachers that look at the part itself then speak alone.
/// </param>
public sealed record SequencePart(ContentPart Part, ReadOnlyMemory<float> Knowledge);
