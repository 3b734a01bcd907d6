namespace UnifiedVlm.Streams.Fetching;

/// <summary>A host that pictures may be fetched from.</summary>
/// <param name="Name">In lower case and punycode, or an IP address; of a whole domain what comes after the asterisk, dot included.</param>
/// <param name="IsDomain">Every host below the name, at any depth, and not the name itself.</param>
/// <param name="Port">The only one; null: that of the scheme.</param>
/// <param name="IsPrivate">It may have an address of a private network or of this machine.</param>
public sealed record FetchHost(string Name, bool IsDomain, int? Port, bool IsPrivate)
{
    /// <summary>Reads <c>cdn.example.org</c>, <c>*.example.org</c>, <c>example.org:8443</c> or an IP address, that of version 6 in brackets.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static FetchHost Parse(string text, bool isPrivate)
    {
        var isDomain = text.StartsWith("*.", StringComparison.Ordinal);
        var host = isDomain ? text[2..] : text;
        // An authority and nothing else; what Uri makes of it is what it makes of the same host in an address.
        if (host.AsSpan().ContainsAny("/?#@\\% \t*") || !Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var uri)
            || uri.IdnHost.Length == 0 || uri.IdnHost.EndsWith('.') || (isDomain && uri.HostNameType != UriHostNameType.Dns))
        {
            throw new FormatException($"'{text}' is not a host. Write it as cdn.example.org, *.example.org or example.org:8443.");
        }

        return new FetchHost((isDomain ? "." : "") + uri.IdnHost, isDomain, uri.IsDefaultPort ? null : uri.Port, isPrivate);
    }

    internal bool Matches(Uri uri)
    {
        var sameName = IsDomain
            ? uri.HostNameType == UriHostNameType.Dns && uri.IdnHost.Length > Name.Length && uri.IdnHost.EndsWith(Name, StringComparison.OrdinalIgnoreCase)
            : uri.IdnHost.Equals(Name, StringComparison.OrdinalIgnoreCase);
        return sameName && (Port is { } port ? uri.Port == port : uri.IsDefaultPort);
    }
}
