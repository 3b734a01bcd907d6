namespace UnifiedVlm.Torch.Imaging;

/// <summary>Eight-bit pixels as displayed.</summary>
/// <param name="Pixels">[Height, Width, 3], red first.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels);
