using System.Net;

namespace UnifiedVlm.Server.Cli;

/// <summary>One address that a node listens on.</summary>
/// <param name="IsLocal">Nobody but this machine's users reaches it.</param>
internal sealed record ListenAddress(string Text, bool IsTls, bool IsLocal)
{
    /// <exception cref="UsageException">One of them is no address.</exception>
    public static IReadOnlyList<ListenAddress> Parse(string option, string urls)
    {
        var parts = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 ? [.. parts.Select(url => ParseOne(option, url))] : throw Refused(option, urls);
    }

    private static ListenAddress ParseOne(string option, string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw Refused(option, url);
        }

        if (!address.IsUnixPipe && address.Port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
            throw new UsageException($"{option} '{url}' has no such port. Ports are {IPEndPoint.MinPort} to {IPEndPoint.MaxPort}; 0 takes a free one.");
        var isTls = address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);
        if ((!isTls && !address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)) || address.PathBase.Length > 0)
            throw Refused(option, url);
        // A name may mean any address, but for this one. Anything that is no address at all, Kestrel takes for every one.
        var isLocal = address.IsUnixPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
        return new ListenAddress(url, isTls, isLocal);
    }

    private static UsageException Refused(string option, string url) => new($"{option} '{url}' is no address to listen on. Write http://HOST:PORT or https://HOST:PORT.");
}
