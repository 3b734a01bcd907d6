using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Rpc;

/// <summary>How a node speaks to the others of its cluster.</summary>
/// <param name="Url">Where its devices are lent; null: nowhere.</param>
/// <param name="Advertised">Where others find it; null: as it listens.</param>
/// <param name="Secret">Which every node of the cluster knows; empty: none is asked for.</param>
/// <param name="Certificate">Null where the address is not https.</param>
internal sealed record RpcOptions(string? Url, Uri? Advertised, string Secret, CertificateFiles? Certificate)
{
    /// <summary>How long what others have sent may go on once the node is told to stop.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection that does not answer a ping for so long is given up, with what came over it.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(3);

    public static RpcOptions None { get; } = new(null, null, "", null);
}
