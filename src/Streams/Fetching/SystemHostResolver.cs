using System.Net;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>The resolver of the operating system.</summary>
internal sealed class SystemHostResolver : IHostResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken);
}
