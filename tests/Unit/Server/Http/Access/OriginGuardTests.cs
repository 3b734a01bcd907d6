using System.Net;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;

namespace UnifiedVlm.Tests.Unit.Server.Http.Access;

/// <summary>Which browsers' requests a node without keys takes.</summary>
public sealed class OriginGuardTests
{
    private const string App = "https://app.example.org";

    [Theory]
    [InlineData("127.0.0.1:7077", null)]
    [InlineData("127.0.0.1:7077", "http://127.0.0.1:7077")]
    [InlineData("localhost:7077", "http://localhost:7077")]
    [InlineData("LOCALHOST.", null)]
    [InlineData("search.localhost:7077", "http://search.localhost:7077")]
    [InlineData("[::1]:7077", "http://[::1]:7077")]
    [InlineData("127.0.0.1:7077", App)]
    [InlineData("app.example.org", App)]
    [InlineData("node-1.internal:7077", null)]
    [InlineData("", null)]
    public void Its_own_pages_and_those_that_were_named_may_call(string host, string? origin) => Guard().Check(Context(host, origin));

    [Theory]
    [InlineData("127.0.0.1:7077", "https://evil.example")]
    [InlineData("127.0.0.1:7077", "http://127.0.0.1:8080")]
    [InlineData("127.0.0.1:7077", "http://localhost:7077")]
    [InlineData("127.0.0.1:7077", "null")]
    [InlineData("127.0.0.1:7077", "https://app.example.org:8443")]
    [InlineData("evil.example:7077", "http://evil.example:7077")]
    [InlineData("evil.example:7077", null)]
    [InlineData("localhost.evil.example", null)]
    [InlineData("10.0.0.7:7077", null)]
    public void Others_may_not(string host, string? origin) => Assert.Throws<AccessDeniedException>(() => Guard().Check(Context(host, origin)));

    [Fact]
    public void Where_everybody_was_let_in_any_name_will_do_and_pages_of_other_origins_still_not()
    {
        var guard = Guard(servesThisMachine: false);
        guard.Check(Context("search.example.org", null));
        guard.Check(Context("search.example.org", "https://search.example.org"));
        guard.Check(Context("search.example.org:8080", "http://search.example.org:8080"));
        Assert.Throws<AccessDeniedException>(() => guard.Check(Context("search.example.org", "https://evil.example")));
    }

    [Fact]
    public void What_came_through_a_gateway_was_sent_to_the_gateways_name()
    {
        var passed = Context("127.0.0.1:40001", "http://localhost:7077");
        Assert.Throws<AccessDeniedException>(() => Guard().Check(passed));
        passed.Request.Headers["X-Forwarded-Host"] = "localhost:7077";
        Guard().Check(passed);
        passed.Request.Headers["X-Uvlm-Gateway"] = "gateway";
        Guard().Check(passed);
        passed.Request.Headers["X-Forwarded-Host"] = "evil.example:7077";
        Assert.Throws<AccessDeniedException>(() => Guard().Check(passed));

        // A page that a foreign name has made the node's own may send any header.
        var rebound = Context("evil.example:7077", null);
        rebound.Request.Headers["X-Uvlm-Gateway"] = "x";
        rebound.Request.Headers["X-Forwarded-Host"] = "localhost";
        Assert.Throws<AccessDeniedException>(() => Guard().Check(rebound));
    }

    [Fact]
    public void No_browser_reaches_a_unix_socket()
    {
        var context = Context("whatever", null);
        context.Connection.LocalIpAddress = null;
        Guard().Check(context);
    }

    private static OriginGuard Guard(bool servesThisMachine = true) => new(
        new HttpOptions("http://127.0.0.1:7077", IsLocal: true, AuthMode.None, servesThisMachine, [App], null, 1 << 20, 10), new Uri("http://node-1.internal:7077"));

    private static DefaultHttpContext Context(string host, string? origin)
    {
        var context = new DefaultHttpContext();
        context.Connection.LocalIpAddress = IPAddress.Loopback;
        context.Request.Headers.Host = host;
        if (origin is not null)
            context.Request.Headers.Origin = origin;
        return context;
    }
}
