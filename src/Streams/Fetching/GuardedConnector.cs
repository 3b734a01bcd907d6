using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>
/// Opens connections to hosts whose every address is one that may be fetched from. A name is resolved once for a connection, and that very answer is
/// connected to: a resolver that says something else the next time changes nothing.
/// </summary>
internal sealed class GuardedConnector(UrlRules rules, IHostResolver resolver, ILogger logger)
{
    /// <exception cref="FetchRefusedException">The host has an address that may not be connected to.</exception>
    /// <exception cref="SocketException">None of its addresses could be found or reached.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var mayBePrivate = rules.MayBePrivate(context.InitialRequestMessage.RequestUri!);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolver.ResolveAsync(host, cancellationToken).ConfigureAwait(false);
        foreach (var address in addresses)
        {
            // One bad address spoils the others: which of them is used would be chance.
            if (AddressKinds.Of(address) is var kind && kind != AddressKind.Public && !(mayBePrivate && kind == AddressKind.Private))
            {
                FetchLog.AddressRefused(logger, host, address, kind);
                throw new FetchRefusedException("names a host whose address is not a public one");
            }
        }

        return await ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        var failure = new SocketException((int)SocketError.NoData);
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                failure = e;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure;
    }
}
