namespace UnifiedVlm.Streams.Asking;

/// <summary>What is sent back.</summary>
/// <param name="Status">As HTTP's: 200, or what a problem has.</param>
/// <param name="ContentType">application/json or application/problem+json.</param>
public sealed record AskReply(int Status, string ContentType, byte[] Body)
{
    /// <summary>A moment may mend it, such as that too many questions are under way: it is to be asked again, as long as its deadline allows.</summary>
    public bool IsBusy { get; init; }
}
