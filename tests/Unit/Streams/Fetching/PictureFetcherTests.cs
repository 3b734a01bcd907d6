using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>Servers that play tricks, and what comes of it. Each guard of the fetcher is what makes one of these pass.</summary>
public sealed partial class PictureFetcherTests
{
    private const string Field = "parts[2].url";
    private static readonly byte[] Picture = TestPictures.Png(8, 8);
    private static readonly DocumentLimits Limits = DocumentLimits.Default with { MaxImageBytes = 100_000 };

    [Fact]
    public async Task A_picture_is_what_its_first_bytes_say_whatever_the_server_says()
    {
        await using var server = TrickServer.Showing(Picture, "Content-Type: text/html\r\n");
        var resolver = new FakeResolver("127.0.0.1");
        using var fetcher = Fetcher(server, resolver);
        using var tracing = new Activity("a span of ours").Start();

        var image = await FetchAsync(fetcher, server);

        Assert.Equal(Picture, image.Data.ToArray());
        Assert.Equal(("image/png", "url"), (image.MediaType, image.Field));
        Assert.Equal(["pictures.test"], resolver.Names);
        var request = Assert.Single(server.Requests);
        Assert.StartsWith("GET /a.png HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("Accept-Encoding: identity\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("traceparent", request, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_picture_without_a_length_is_read_to_its_end()
    {
        var large = (byte[])[.. Picture, .. new byte[99_000 - Picture.Length]];
        await using var server = TrickServer.Saying("HTTP/1.1 200 OK", large);
        using var fetcher = Fetcher(server);
        Assert.Equal(large, (await FetchAsync(fetcher, server)).Data.ToArray());
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("127.0.0.1,169.254.169.254", true)]
    [InlineData("127.0.0.1,1.1.1.1", false)]
    [InlineData("::ffff:127.0.0.1", true)]
    public async Task A_host_with_an_address_that_is_not_public_is_not_connected_to(string addresses, bool mayBePrivate)
    {
        await using var server = TrickServer.Showing(Picture);
        using var fetcher = Fetcher(server, new FakeResolver(addresses), mayBePrivate: mayBePrivate);
        var error = await RefusedAsync(fetcher, server, "not a public one");
        Assert.Equal(0, server.Connections);
        // The sender is not told what the name stands for.
        Assert.DoesNotContain(addresses.Split(',')[0], error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_place_of_a_name_is_looked_at_too()
    {
        await using var server = TrickServer.Showing(Picture);
        using var fetcher = new PictureFetcher(Options(FetchHost.Parse($"127.0.0.1:{server.Port}", isPrivate: false)), Limits, NullLogger.Instance, new FakeResolver("1.1.1.1"), null, TimeProvider.System);
        await RefusedAsync(fetcher, new Uri($"http://2130706433:{server.Port}/"), "not a public one");
        Assert.Equal(0, server.Connections);
    }

    /// <summary>The resolver says something else the second time, which must be after the connection, and for the next connection it is looked at anew.</summary>
    [Fact]
    public async Task A_name_is_resolved_once_a_connection_and_that_answer_is_connected_to()
    {
        await using var server = TrickServer.Showing(Picture);
        var resolver = new FakeResolver("127.0.0.1", "169.254.169.254");
        using var fetcher = Fetcher(server, resolver);
        await FetchAsync(fetcher, server);
        Assert.Equal(1, resolver.Asked);
        await RefusedAsync(fetcher, server, "not a public one");
        Assert.Equal((2, 1), (resolver.Asked, server.Connections));
    }

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("403 Forbidden")]
    [InlineData("401 Unauthorized\r\nWWW-Authenticate: Basic")]
    [InlineData("204 No Content")]
    [InlineData("206 Partial Content")]
    [InlineData("300 Multiple Choices\r\nLocation: /b.png")]
    [InlineData("304 Not Modified")]
    public async Task What_will_not_pass_is_not_asked_for_again(string status)
    {
        await using var server = TrickServer.Saying($"HTTP/1.1 {status}");
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, $"answered {status[..3]}");
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("500 Oh")]
    [InlineData("503 Busy\r\nRetry-After: 0")]
    [InlineData("429 Slow down")]
    [InlineData("408 Too late")]
    public async Task What_may_pass_is_tried_a_few_times(string status)
    {
        await using var server = TrickServer.Saying($"HTTP/1.1 {status}");
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, $"after 3 tries: the host answers {status[..3]}");
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_tried_again()
    {
        var tries = 0;
        await using var server = new TrickServer((stream, _, token) => Interlocked.Increment(ref tries) switch
        {
            1 => Task.CompletedTask,
            2 => TrickServer.WriteAsync(stream, $"HTTP/1.1 200 OK\r\nContent-Length: {Picture.Length + 1}", Picture, token),
            _ => TrickServer.WriteAsync(stream, "HTTP/1.1 200 OK", Picture, token),
        });
        using var fetcher = Fetcher(server);
        Assert.Equal(Picture, (await FetchAsync(fetcher, server)).Data.ToArray());
        Assert.Equal(3, server.Connections);
    }

    [Fact]
    public async Task Less_than_was_announced_is_no_picture()
    {
        await using var server = TrickServer.Saying($"HTTP/1.1 200 OK\r\nContent-Length: {Picture.Length + 1}", Picture);
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "the connection to the host broke");
    }

    [Fact]
    public async Task More_than_was_announced_is_not_read()
    {
        await using var server = TrickServer.Saying($"HTTP/1.1 200 OK\r\nContent-Length: {Picture.Length}", [.. Picture, .. Picture]);
        using var fetcher = Fetcher(server);
        Assert.Equal(Picture, (await FetchAsync(fetcher, server)).Data.ToArray());
    }

    [Fact]
    public async Task Too_much_is_refused_as_soon_as_it_is_announced()
    {
        await using var server = new TrickServer(async (stream, _, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"u8.ToArray(), token);
            await Task.Delay(Timeout.Infinite, token);
        });
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "more than the 100000 bytes");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true)]
    public async Task A_body_without_end_is_read_as_far_as_a_picture_may_be_large(string head, bool chunked)
    {
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new TrickServer(async (stream, _, token) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), token);
            var piece = chunked ? [.. "1000\r\n"u8, .. new byte[4096], .. "\r\n"u8] : new byte[4096];
            try
            {
                while (true)
                    await stream.WriteAsync(piece, token);
            }
            catch (IOException)
            {
                broken.SetResult();
            }
        });
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "more than the 100000 bytes");
        await broken.Task.WaitAsync(Waiting.Limit);
    }

    [Fact]
    public async Task Compressed_content_is_refused_and_never_unpacked()
    {
        await using var server = TrickServer.Showing(Picture, "Content-Encoding: gzip\r\n");
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "compressed");
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_whatever_its_type_says()
    {
        await using var server = TrickServer.Showing("<html>no</html>"u8.ToArray(), "Content-Type: image/png\r\n");
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "HTML file");
        await using var empty = TrickServer.Showing([], "Content-Type: image/png\r\n");
        using var other = Fetcher(empty);
        await RefusedAsync(other, empty, "is empty");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nX-Slow:")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\u0089PNG")]
    public async Task Who_does_not_go_on_is_given_up(string said)
    {
        await using var server = new TrickServer(async (stream, _, token) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(said), token);
            await Task.Delay(Timeout.Infinite, token);
        });
        using var fetcher = Fetcher(server, change: static o => o with { RequestTimeout = TimeSpan.FromMilliseconds(100), Attempts = 2 });
        await RefusedAsync(fetcher, server, "after 2 tries: no answer within 0.1 s");
    }

    [Fact]
    public async Task A_name_that_is_never_resolved_is_given_up()
    {
        await using var server = TrickServer.Showing(Picture);
        using var fetcher = Fetcher(server, new SilentResolver(), change: static o => o with { ConnectTimeout = TimeSpan.FromMilliseconds(100), Attempts = 2 });
        await RefusedAsync(fetcher, server, "after 2 tries: no connection within 0.1 s");
    }

    [Fact]
    public async Task A_name_without_an_address_is_given_up()
    {
        await using var server = TrickServer.Showing(Picture);
        using var fetcher = Fetcher(server, new SilentResolver(new SocketException((int)SocketError.HostNotFound)));
        await RefusedAsync(fetcher, server, "after 3 tries: no address found for the host");
    }

    [Fact]
    public async Task A_host_that_nobody_serves_at_is_given_up()
    {
        // Taken, so that nobody else gets it meanwhile, and not listened at.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var host = $"pictures.test:{((IPEndPoint)taken.LocalEndPoint!).Port}";
        using var fetcher = new PictureFetcher(Options(FetchHost.Parse(host, isPrivate: true)), Limits, NullLogger.Instance, new FakeResolver("127.0.0.1"), null, TimeProvider.System);
        var error = await RefusedAsync(fetcher, new Uri($"http://{host}/a.png"), "after 3 tries: no connection to the host");
        Assert.DoesNotContain("127.0.0.1", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3600")]
    // More than a timer can wait.
    [InlineData("5000000")]
    [InlineData("2147483647")]
    public async Task One_picture_has_one_limit_of_time_over_all_tries_and_waits(string retryAfter)
    {
        var (time, limit) = (new ManualTimeProvider(), TimeSpan.FromMilliseconds(300));
        await using var server = TrickServer.Saying($"HTTP/1.1 503 Busy\r\nRetry-After: {retryAfter}");
        using var fetcher = Fetcher(server, change: o => o with { TimeLimit = limit }, time: time);
        var refused = RefusedAsync(fetcher, server, "within 0.3 s: the host answers 503");
        // The timer of the limit, and that of the wait, which is no longer.
        await Waiting.UntilAsync(() => time.Pending.Count(due => due == limit) == 2, "it waits until it may ask again");
        time.Advance(limit);
        await refused;
    }

    [Fact]
    public async Task More_headers_than_are_wanted_are_refused()
    {
        await using var server = TrickServer.Showing(Picture, $"X: {new string('a', 2000)}\r\n");
        using var fetcher = Fetcher(server, change: static o => o with { MaxHeaderKilobytes = 1 });
        await RefusedAsync(fetcher, server, "more headers than are read");
    }

    [Fact]
    public async Task What_is_not_HTTP_is_refused()
    {
        await using var server = new TrickServer(static (stream, _, token) => stream.WriteAsync("SSH-2.0-OpenSSH_9.9\r\n\r\n"u8.ToArray(), token).AsTask());
        using var fetcher = Fetcher(server);
        await RefusedAsync(fetcher, server, "not answered in HTTP");
    }

    [Fact]
    public async Task Cookies_are_not_kept()
    {
        await using var server = TrickServer.Showing(Picture, "Set-Cookie: a=b; Path=/\r\n");
        using var fetcher = Fetcher(server);
        await FetchAsync(fetcher, server);
        await FetchAsync(fetcher, server);
        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, static r => Assert.DoesNotContain("Cookie", r, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task No_proxy_is_used()
    {
        await using var proxy = TrickServer.Saying("HTTP/1.1 500 Proxy");
        await using var server = TrickServer.Showing(Picture);
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new ProxyBefore(server, proxy);
        try
        {
            using var fetcher = Fetcher(server);
            Assert.Equal(Picture, (await FetchAsync(fetcher, server)).Data.ToArray());
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }

        Assert.Equal(0, proxy.Connections);
    }

    [Fact]
    public async Task Fetching_from_an_address_that_is_not_listed_asks_nobody()
    {
        await using var server = TrickServer.Showing(Picture);
        var resolver = new FakeResolver("127.0.0.1");
        using var fetcher = Fetcher(server, resolver);
        var error = await RefusedAsync(fetcher, new Uri($"http://other.test:{server.Port}/"), "not fetched from");
        Assert.Contains("--fetch-hosts", error.Fix, StringComparison.Ordinal);
        Assert.Equal((0, 0), (resolver.Asked, server.Connections));
    }

    [Fact]
    public async Task A_stopped_caller_ends_at_once()
    {
        await using var server = new TrickServer(static (_, _, token) => Task.Delay(Timeout.Infinite, token));
        using var fetcher = Fetcher(server);
        using var stop = new CancellationTokenSource();
        var fetching = fetcher.FetchAsync(Field, new Uri($"http://pictures.test:{server.Port}/"), stop.Token);
        await Waiting.UntilAsync(() => server.Requests.Count == 1, "the request is there");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching.WaitAsync(Waiting.Limit));
    }

    private static FetchOptions Options(params FetchHost[] hosts) => new()
    {
        Hosts = hosts,
        AllowHttp = true,
        Attempts = 3,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        MaxRetryDelay = TimeSpan.FromMilliseconds(2),
        TimeLimit = Waiting.Limit,
        RequestTimeout = Waiting.Limit,
        ConnectTimeout = Waiting.Limit,
    };

    private static PictureFetcher Fetcher(TrickServer server, IHostResolver? resolver = null, bool mayBePrivate = true, Func<FetchOptions, FetchOptions>? change = null, TimeProvider? time = null) => new(
        (change ?? (static o => o))(Options(FetchHost.Parse($"pictures.test:{server.Port}", mayBePrivate))),
        Limits, NullLogger.Instance, resolver ?? new FakeResolver("127.0.0.1"), null, time ?? TimeProvider.System);

    /// <summary>Stands before one server and nobody else: the default proxy is that of the whole process, where other tests send requests too.</summary>
    private sealed class ProxyBefore(TrickServer server, TrickServer proxy) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination) => new($"http://127.0.0.1:{proxy.Port}");

        public bool IsBypassed(Uri host) => host.Port != server.Port;
    }

    private sealed class SilentResolver(Exception? failure = null) : IHostResolver
    {
        public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
        {
            if (failure is not null)
                throw failure;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return [];
        }
    }

    private static Task<InlineImage> FetchAsync(PictureFetcher fetcher, TrickServer server) =>
        fetcher.FetchAsync(Field, new Uri($"http://pictures.test:{server.Port}/a.png"), CancellationToken.None).WaitAsync(Waiting.Limit);

    private static Task<DocumentRejectedException> RefusedAsync(PictureFetcher fetcher, TrickServer server, string words) =>
        RefusedAsync(fetcher, new Uri($"http://pictures.test:{server.Port}/a.png"), words);

    private static async Task<DocumentRejectedException> RefusedAsync(PictureFetcher fetcher, Uri url, string words)
    {
        var error = await Assert.ThrowsAsync<DocumentRejectedException>(() => fetcher.FetchAsync(Field, url, CancellationToken.None).WaitAsync(Waiting.Limit));
        Assert.Equal(Field, error.Field);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        return error;
    }
}
