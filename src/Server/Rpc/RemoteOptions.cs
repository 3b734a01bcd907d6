namespace UnifiedVlm.Server.Rpc;

/// <summary>How this node speaks to those that lend it devices; every knob with its unit.</summary>
internal sealed record RemoteOptions
{
    /// <summary>Empty: none.</summary>
    public string Secret { get; init; } = "";

    /// <summary>A connection that has been silent for so long is asked whether anybody is there.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Without an answer to that the node has gone.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Between two attempts to connect; it doubles up to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of an encoding or a generation, from being sent. Whoever waits for it gives up earlier where it has a limit of its own.</summary>
    public TimeSpan QueryDeadline { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan IngestDeadline { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan GenerationDeadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Credit that has not been used for so long goes back, but for <see cref="StandingQueryTokens"/> and <see cref="StandingGenerations"/>.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Kept for the next question, which need not wait for credit then.</summary>
    public long StandingQueryTokens { get; init; } = 1024;

    public long StandingGenerations { get; init; } = 1;

    /// <summary>How often wishes are thought over.</summary>
    public TimeSpan WishInterval { get; init; } = TimeSpan.FromMilliseconds(250);
}
