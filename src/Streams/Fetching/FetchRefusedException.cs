namespace UnifiedVlm.Streams.Fetching;

/// <summary>There is nothing to be fetched, now or later. The message goes to the sender, so it names no address that a host name stands for.</summary>
internal sealed class FetchRefusedException(string problem, string fix = FetchRefusedException.SendItself) : Exception(problem)
{
    public const string SendItself = "Send the picture itself as base64 in data.";

    public string Fix { get; } = fix;
}
