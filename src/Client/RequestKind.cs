namespace UnifiedVlm.Client;

/// <summary>What the server's limits mean for a request.</summary>
/// <param name="Limit">Until the reply begins, unless the options say otherwise: a little more than the server's own.</param>
/// <param name="RepeatsSlow">Whether what took the server too long is worth another try.</param>
internal sealed record RequestKind(TimeSpan Limit, bool RepeatsSlow)
{
    /// <summary>The server gives up after 30 seconds.</summary>
    public static RequestKind Quick { get; } = new(TimeSpan.FromMinutes(1), RepeatsSlow: true);

    /// <summary>The server gives up after 5 minutes; a reply that is not streamed begins with its end.</summary>
    public static RequestKind Answer { get; } = new(TimeSpan.FromMinutes(6), RepeatsSlow: true);

    /// <summary>The same inputs would take as long again: fewer of them are asked for instead.</summary>
    public static RequestKind Embedding { get; } = Quick with { RepeatsSlow = false };

    /// <summary>How long the server was asked to hold the reply back.</summary>
    public TimeSpan Held { get; init; }
}
