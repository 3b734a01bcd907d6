using System.Net;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>Finds the addresses of a host name.</summary>
internal interface IHostResolver
{
    /// <exception cref="System.Net.Sockets.SocketException">There are none, or the resolver does not answer.</exception>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}
