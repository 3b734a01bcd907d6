namespace UnifiedVlm.Torch.Imaging;

/// <summary>A picture that can't be taken as it is. The message is written for whoever sent it.</summary>
/// <param name="kind">Why.</param>
/// <param name="problem">What is wrong, a sentence without its full stop.</param>
/// <param name="fix">What the sender can do about it.</param>
/// <param name="limit">The limit passed, when <paramref name="kind"/> is <see cref="ImageError.TooLarge"/>.</param>
public sealed class ImageException(ImageError kind, string problem, string fix, ImageLimit limit = ImageLimit.None) : Exception($"{problem}. {fix}")
{
    public ImageError Kind { get; } = kind;

    public string Problem { get; } = problem;

    public string Fix { get; } = fix;

    public ImageLimit Limit { get; } = limit;
}
