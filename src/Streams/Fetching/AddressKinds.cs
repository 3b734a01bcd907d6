using System.Net;
using System.Net.Sockets;

namespace UnifiedVlm.Streams.Fetching;

/// <summary>Tells addresses apart by the registries of special-purpose addresses (RFC 6890 and its updates). Of version 6 only what is known to be global unicast is public.</summary>
internal static class AddressKinds
{
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Parts of private ranges too, so they are looked at first.</summary>
    private static readonly IPNetwork[] Forbidden = Networks(
        "0.0.0.0/8", // this network
        "100.100.100.200/32", "fd00:ec2::254/128", // metadata of clouds outside the link-local range
        "169.254.0.0/16", // link-local, metadata
        "192.0.0.0/24", // IETF assignments
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // documentation
        "192.88.99.0/24", // 6to4 relays
        "198.18.0.0/15", // benchmarks
        "224.0.0.0/4", // multicast
        "240.0.0.0/4", // reserved, broadcast
        "2001::/23", // IETF assignments, Teredo and ORCHID among them
        "2001:db8::/32", "3fff::/20", // documentation
        "2002::/16"); // 6to4: an IPv4 address inside

    private static readonly IPNetwork[] Private = Networks(
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
        "100.64.0.0/10", // carrier-grade NAT
        "127.0.0.0/8", "::1/128", // this machine
        "fc00::/7"); // unique local

    public static AddressKind Of(IPAddress address)
    {
        // IPNetwork takes an IPv4 address inside one of version 6 for a member of nearly everything.
        if (address.IsIPv4MappedToIPv6 || (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0) || Contains(Forbidden, address))
            return AddressKind.Forbidden;
        if (Contains(Private, address))
            return AddressKind.Private;
        return address.AddressFamily == AddressFamily.InterNetwork || GlobalUnicast.Contains(address) ? AddressKind.Public : AddressKind.Forbidden;
    }

    private static bool Contains(IPNetwork[] networks, IPAddress address) => Array.Exists(networks, network => network.Contains(address));

    private static IPNetwork[] Networks(params string[] networks) => Array.ConvertAll(networks, static network => IPNetwork.Parse(network));
}
