using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Streams.Fetching;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

public sealed partial class PictureFetcherTests
{
    [Fact]
    public async Task A_listed_host_may_redirect_to_a_listed_host()
    {
        await using var server = new TrickServer((stream, head, token) => head.StartsWith("GET /a.png ", StringComparison.Ordinal)
            ? TrickServer.WriteAsync(stream, "HTTP/1.1 302 Found\r\nLocation: /b.png\r\nContent-Length: 5", "moved"u8.ToArray(), token)
            : TrickServer.WriteAsync(stream, "HTTP/1.1 200 OK", Picture, token));
        using var fetcher = Fetcher(server);
        Assert.Equal(Picture, (await FetchAsync(fetcher, server)).Data.ToArray());
        Assert.Equal(["GET /a.png HTTP/1.1", "GET /b.png HTTP/1.1"], server.Requests.Select(static r => r.Split("\r\n")[0]));
    }

    [Theory]
    [InlineData("http://internal.test:{0}/secret")]
    [InlineData("http://127.0.0.1:{0}/secret")]
    [InlineData("http://user:password@pictures.test:{0}/secret")]
    [InlineData("//internal.test:{0}/secret")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://pictures.test:{0}/")]
    public async Task A_redirect_is_looked_at_like_the_first_address(string location)
    {
        await using var inside = TrickServer.Showing(Picture);
        await using var server = TrickServer.Saying($"HTTP/1.1 301 Moved\r\nLocation: {string.Format(System.Globalization.CultureInfo.InvariantCulture, location, inside.Port)}");
        using var fetcher = Fetcher(server);
        var error = await RefusedAsync(fetcher, server, "redirects to an address");
        Assert.Equal((1, 0), (server.Connections, inside.Connections));
        Assert.DoesNotContain("internal", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_of_a_redirect_is_resolved_and_looked_at()
    {
        await using var inside = TrickServer.Showing(Picture);
        await using var server = TrickServer.Saying($"HTTP/1.1 307 Moved\r\nLocation: http://other.test:{inside.Port}/");
        using var fetcher = new PictureFetcher(
            Options(FetchHost.Parse($"pictures.test:{server.Port}", isPrivate: true), FetchHost.Parse($"other.test:{inside.Port}", isPrivate: false)),
            Limits, NullLogger.Instance, new FakeResolver("127.0.0.1"), null, TimeProvider.System);
        await RefusedAsync(fetcher, server, "not a public one");
        Assert.Equal((1, 0), (server.Connections, inside.Connections));
    }

    [Fact]
    public async Task Redirects_have_an_end()
    {
        await using var server = TrickServer.Saying("HTTP/1.1 302 Found\r\nLocation: /a.png");
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "more than 3 times");
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_without_a_place_leads_nowhere()
    {
        await using var server = TrickServer.Saying("HTTP/1.1 302 Found");
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "redirects nowhere");
    }
}
