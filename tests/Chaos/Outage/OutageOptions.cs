namespace UnifiedVlm.Chaos.Outage;

/// <summary>How PostgreSQL is taken away.</summary>
internal sealed record OutageOptions
{
    /// <summary>How long it is away.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>SIGKILL instead of an orderly stop.</summary>
    public bool Kill { get; init; }

    /// <summary>Records a second that are sent meanwhile.</summary>
    public int Rate { get; init; } = 20;

    /// <summary>How long the broker waits for a node that is not heard of: far shorter than the outage, and long enough for a machine that does other work too.</summary>
    public static TimeSpan Session { get; } = TimeSpan.FromSeconds(6);
}
