namespace UnifiedVlm.Streams.Fetching;

/// <summary>Which addresses a picture may be fetched from, as far as the address itself tells.</summary>
internal sealed class UrlRules(FetchOptions options)
{
    private const string AskOperator = FetchRefusedException.SendItself + " Or have the operator of the node add the host to --fetch-hosts.";

    /// <exception cref="FetchRefusedException">It is not among them.</exception>
    public void Check(Uri url)
    {
        if (url.Scheme != Uri.UriSchemeHttps && !(options.AllowHttp && url.Scheme == Uri.UriSchemeHttp))
            throw new FetchRefusedException("is not an https address", "Use https, or send the picture itself as base64 in data.");
        if (url.UserInfo.Length > 0)
            throw new FetchRefusedException("contains a user name or password");
        if (!options.Hosts.Any(host => host.Matches(url)))
            throw new FetchRefusedException($"names a host or port ({url.IdnHost}:{url.Port}) that pictures are not fetched from", AskOperator);
    }

    /// <summary>Looks at where an answer redirects to.</summary>
    /// <exception cref="FetchRefusedException">Nowhere, or to where the first address may not have led either.</exception>
    public Uri Follow(Uri from, Uri? location)
    {
        if (location is null || !Uri.TryCreate(from, location, out var to))
            throw new FetchRefusedException("redirects nowhere");
        if (from.Scheme == Uri.UriSchemeHttps && to.Scheme != Uri.UriSchemeHttps)
            throw new FetchRefusedException("redirects from https to something else");
        try
        {
            Check(to);
        }
        catch (FetchRefusedException)
        {
            // Where to is the host's own affair: it may be a name inside the operator's network.
            throw new FetchRefusedException("redirects to an address that pictures are not fetched from");
        }

        return to;
    }

    /// <summary>Whether the host of an address that passed may lie in a private network.</summary>
    public bool MayBePrivate(Uri url) => options.Hosts.Any(host => host.IsPrivate && host.Matches(url));
}
