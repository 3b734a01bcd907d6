namespace UnifiedVlm.Torch.Imaging;

/// <summary>What a picture's header says.</summary>
/// <param name="Width">Pixels as displayed, the orientation applied.</param>
/// <param name="Height">Pixels as displayed.</param>
/// <param name="Channels">As stored: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha or CMYK.</param>
/// <param name="Frames">1 for a picture that stands still.</param>
/// <param name="Orientation">EXIF, 1 (as stored) to 8.</param>
/// <param name="DecodeBytes">
/// Upper estimate of the memory that decoding takes beside its result: what to take from a budget first. <see cref="ImageDecoder.DecodeNormalized"/> takes as much
/// again as its result, whatever the picture.
/// </param>
public readonly record struct ImageInfo(ImageFormat Format, int Width, int Height, int Channels, int Frames, int Orientation, long DecodeBytes);
