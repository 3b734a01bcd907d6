namespace UnifiedVlm.Torch.Imaging;

/// <summary>Which of the <see cref="ImageLimits"/> a picture passes.</summary>
public enum ImageLimit
{
    None = 0,
    Bytes = 1,
    Side = 2,
    Pixels = 3,
    Frames = 4,
}
