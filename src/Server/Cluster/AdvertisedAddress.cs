using System.Net;

namespace UnifiedVlm.Server.Cluster;

/// <summary>Finds among the addresses that a node listens on one that others can use.</summary>
internal static class AdvertisedAddress
{
    /// <summary>The first that is whole; null where none is.</summary>
    public static Uri? From(IEnumerable<string> addresses) => addresses.Where(NamesHost).Select(BindingAddress.Parse).Where(static address => address.Port > 0)
        .Select(static address => new Uri($"{address.Scheme}://{address.Host}:{address.Port}")).FirstOrDefault();

    /// <summary>A wildcard names no host, and a socket file none of the network's.</summary>
    public static bool NamesHost(string text)
    {
        var address = BindingAddress.Parse(text);
        return !address.IsUnixPipe && address.Host is not ("*" or "+")
            && !(IPAddress.TryParse(address.Host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)));
    }
}
