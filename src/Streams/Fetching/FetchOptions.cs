namespace UnifiedVlm.Streams.Fetching;

/// <summary>From where pictures may be fetched, and what that may cost.</summary>
public sealed record FetchOptions
{
    /// <summary>Nothing is fetched from any other host, be it by redirection.</summary>
    public required IReadOnlyList<FetchHost> Hosts { get; init; }

    /// <summary>Plain http too: anyone on the way can read and change what comes.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Connections at a time; each may hold one picture in memory.</summary>
    public int Connections { get; init; } = 16;

    /// <summary>Connections to one host at a time.</summary>
    public int ConnectionsPerHost { get; init; } = 4;

    /// <summary>Each is looked at like the first address.</summary>
    public int MaxRedirects { get; init; } = 3;

    /// <summary>Of one answer, in KiB.</summary>
    public int MaxHeaderKilobytes { get; init; } = 16;

    /// <summary>Finding the host's address and connecting to it.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One request, from the connection to the last byte.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>One picture, with all tries, redirections, and waiting for a connection.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Tries for what may pass by itself.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Wait before the second try; doubles up to <see cref="MaxRetryDelay"/>, with jitter. A host may ask for more.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(10);
}
