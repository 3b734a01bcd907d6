namespace UnifiedVlm.Training.Samples;

/// <summary>A square picture as the model's eye takes it, before normalisation.</summary>
/// <param name="Side">S, in pixels.</param>
/// <param name="Rgb">[S,S,3] row-major, red, green and blue in 0..255.</param>
public sealed record Picture(int Side, ReadOnlyMemory<byte> Rgb);
