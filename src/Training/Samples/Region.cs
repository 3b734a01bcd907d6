namespace UnifiedVlm.Training.Samples;

/// <summary>A rectangle of a picture and the words for what it shows.</summary>
/// <param name="Left">In pixels, as are the others; what lies outside the picture does not count.</param>
/// <param name="Right">Exclusive, as is <paramref name="Bottom"/>.</param>
public sealed record Region(int Left, int Top, int Right, int Bottom, string Text);
