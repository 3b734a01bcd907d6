namespace UnifiedVlm.Model.Preparation;

/// <summary>A picture that can't be decoded; the caller knows which field it came from.</summary>
internal sealed class UnreadablePictureException(string problem, string fix, Exception? inner = null) : Exception(problem, inner)
{
    public string Fix { get; } = fix;
}
