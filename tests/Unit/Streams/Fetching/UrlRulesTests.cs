using UnifiedVlm.Streams.Fetching;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>Which addresses the list of hosts lets pass, however they are written.</summary>
public sealed class UrlRulesTests
{
    private static readonly string[] Hosts = ["cdn.example.org", "*.images.example", "odd.example:8443", "bücher.example", "[2606:4700::1]:444"];

    [Theory]
    [InlineData("https://cdn.example.org/a.png")]
    [InlineData("https://CDN.Example.ORG:443/a.png?x=@y#z")]
    [InlineData("https://a.images.example/")]
    [InlineData("https://a.b.IMAGES.example/")]
    [InlineData("https://odd.example:8443/")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://xn--bcher-kva.example/")]
    [InlineData("https://[2606:4700:0::1]:444/")]
    public void A_listed_host_passes(string url) => Rules(allowHttp: false).Check(new Uri(url));

    [Theory]
    [InlineData("http://cdn.example.org/a.png")]
    [InlineData("ftp://cdn.example.org/a.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://cdn.example.org:444/")]
    [InlineData("https://cdn.example.org:80/")]
    [InlineData("https://odd.example/")]
    [InlineData("https://odd.example:443/")]
    [InlineData("https://cdn.example.org./")]
    [InlineData("https://cdn.example.org.evil.example/")]
    [InlineData("https://evil-cdn.example.org/")]
    [InlineData("https://example.org/")]
    [InlineData("https://images.example/")]
    [InlineData("https://evilimages.example/")]
    [InlineData("https://a.images.example./")]
    [InlineData("https://a.images.example:8443/")]
    [InlineData("https://cdn.example.org@evil.example/")]
    [InlineData("https://user:password@cdn.example.org/")]
    [InlineData("https://evil.example/@cdn.example.org")]
    [InlineData("https://evil.example?@cdn.example.org")]
    [InlineData("https://evil.example#@cdn.example.org")]
    [InlineData("https://evil.example\\@cdn.example.org")]
    [InlineData("https://cdn.example.org%2eevil.example/")]
    [InlineData("https://cdn.example.org%00.evil.example/")]
    [InlineData("https://bucher.example/")]
    [InlineData("https://xn--bcher-kvb.example/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://[2606:4700::1]/")]
    [InlineData("https://localhost/")]
    public void Anything_else_is_refused(string url)
    {
        // What is no address at all never comes so far.
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri))
            Assert.Throws<FetchRefusedException>(() => Rules(allowHttp: false).Check(uri));
    }

    [Fact]
    public void Plain_http_has_to_be_allowed()
    {
        Rules(allowHttp: true).Check(new Uri("http://cdn.example.org/"));
        Assert.Throws<FetchRefusedException>(() => Rules(allowHttp: true).Check(new Uri("http://cdn.example.org:443/")));
        Assert.Throws<FetchRefusedException>(() => Rules(allowHttp: true).Check(new Uri("ftp://cdn.example.org/")));
    }

    [Theory]
    [InlineData("http://[::1]:8080/", true)]
    [InlineData("http://[0:0::1]:8080/", true)]
    [InlineData("http://10.0.0.5/", true)]
    [InlineData("http://0x0a.5/", true)]
    [InlineData("http://nas.example/", true)]
    [InlineData("http://nas.example:81/", false)]
    [InlineData("http://cdn.example.org/", false)]
    public void Only_hosts_that_are_marked_may_be_private(string url, bool may)
    {
        var rules = new UrlRules(new FetchOptions
        {
            AllowHttp = true,
            Hosts = [.. Hosts.Select(static h => FetchHost.Parse(h, isPrivate: false)), .. new[] { "[::1]:8080", "10.0.0.5", "nas.example" }.Select(static h => FetchHost.Parse(h, isPrivate: true))],
        });
        Assert.Equal(may, rules.MayBePrivate(new Uri(url)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a.*.example")]
    [InlineData("*.10.0.0.1")]
    [InlineData("*.[::1]")]
    [InlineData("example.org.")]
    [InlineData("https://example.org")]
    [InlineData("example.org/a")]
    [InlineData("user@example.org")]
    [InlineData("example.org:port")]
    [InlineData("example.org:99999")]
    [InlineData("exa mple.org")]
    [InlineData("[fe80::1%25eth0]")]
    public void What_is_no_host_is_not_listed(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => FetchHost.Parse(text, isPrivate: false)).Message, StringComparison.Ordinal);

    private static UrlRules Rules(bool allowHttp) =>
        new(new FetchOptions { AllowHttp = allowHttp, Hosts = [.. Hosts.Select(static h => FetchHost.Parse(h, isPrivate: false))] });
}
