namespace UnifiedVlm.Torch.Imaging;

/// <summary>How a picture of any shape becomes a square.</summary>
public enum ResizeMode
{
    /// <summary>Both sides to the target, whatever the aspect.</summary>
    Squash = 0,

    /// <summary>The longer side to the target, the aspect kept, centred; the rest is 0, which is the mean.</summary>
    Letterbox = 1,
}
