namespace UnifiedVlm.Model.Preparation;

/// <summary>Pixels that have the model's size already.</summary>
/// <param name="Side">S.</param>
/// <param name="Rgb">[S,S,3] in 0..255.</param>
internal sealed record RawPicture(int Side, ReadOnlyMemory<byte> Rgb) : PictureInput;
