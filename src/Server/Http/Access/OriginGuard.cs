using System.Net;
using UnifiedVlm.Server.Gateway;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Http.Access;

/// <summary>
/// Without keys whoever reaches a node may do everything, and a browser on its machine reaches it for every page that is open there. Browsers hide replies from other origins'
/// pages, but send their requests; and a name of somebody else's that resolves to this machine (DNS rebinding) makes a page the node's own. Both are refused here.
/// </summary>
internal sealed class OriginGuard
{
    private const string ForwardedHost = "X-Forwarded-Host";

    private readonly IReadOnlyList<string> origins;
    private readonly HashSet<string>? hosts;

    /// <param name="advertised">Where others reach the node; null: where it listens.</param>
    public OriginGuard(HttpOptions options, Uri? advertised)
    {
        origins = options.CorsOrigins;
        if (!options.ServesThisMachine)
            return;
        hosts = new HashSet<string>(origins.Select(static origin => new Uri(origin).Host), StringComparer.OrdinalIgnoreCase);
        if (advertised is not null)
            hosts.Add(advertised.Host);
    }

    /// <exception cref="AccessDeniedException">A page of another origin, or another machine's name.</exception>
    public void Check(HttpContext context)
    {
        // What came through a gateway or a proxy was sent to its name. A page of another origin can't add that header without being asked first; one that a foreign name has made
        // the node's own can, so the name that the node itself was called by has to be right in any case.
        var request = context.Request;
        CheckName(context, request.Host);
        var host = request.Headers.TryGetValue(ForwardedHost, out var forwarded) ? new HostString(forwarded.ToString()) : request.Host;
        if (request.Headers.ContainsKey(GatewayMiddleware.PassedHeader))
            CheckName(context, host);
        if (request.Headers.Origin is [{ Length: > 0 } origin] && !origins.Contains(origin) && !IsOwn(origin, host))
            throw new AccessDeniedException($"The request comes from a page of {origin}. Pages of other origins may call a node with --cors-origin alone.");
    }

    private void CheckName(HttpContext context, HostString host)
    {
        // A unix socket has no address, and no browser reaches it.
        if (hosts is not null && host.HasValue && context.Connection.LocalIpAddress is not null && !IsThisMachine(host.Host) && !hosts.Contains(host.Host))
            throw new AccessDeniedException($"The request was sent to the name {host.Host}, and this node serves its own machine alone. Call it by 127.0.0.1 or localhost; let others in with --auth keys; or name pages that may call it with --cors-origin.");
    }

    private static bool IsOwn(string origin, HostString host)
        => Uri.TryCreate(origin, UriKind.Absolute, out var page) && host.HasValue && page.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase)
            && page.Port == (host.Port ?? (page.Scheme == Uri.UriSchemeHttps ? 443 : 80));

    private static bool IsThisMachine(string host)
    {
        var name = host.TrimEnd('.');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
