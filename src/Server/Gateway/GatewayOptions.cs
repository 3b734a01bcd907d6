namespace UnifiedVlm.Server.Gateway;

/// <summary>Every knob of a gateway, with its unit.</summary>
internal sealed record GatewayOptions
{
    /// <summary>
    /// A node that did not answer is not chosen for so long, unless there is no other. As long as it takes until a dead one is no member any more: its lifetime from its last
    /// beat on, until this gateway's own next beat.
    /// </summary>
    public TimeSpan Aside { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>A node that is no member any more without having left is still tried for so long if there is no other: the database may have been away.</summary>
    public TimeSpan LastResort { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With nobody left who is known to answer, the members are asked for out of turn, and waited for so long.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For so long nothing may come from a node before it is given up: an answer that is no stream comes as a whole.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of the largest body that is kept to be sent a second time.</summary>
    public int KeptBody { get; init; } = 8 << 20;

    /// <summary>Bytes of all bodies that are kept at a time. Beyond it they are passed on and not kept.</summary>
    public long KeptBodies { get; init; } = 256L << 20;

    /// <summary>After so long a caller may try again whom a full cluster has refused.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
