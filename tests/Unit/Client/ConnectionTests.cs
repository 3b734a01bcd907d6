using System.Net;
using Microsoft.Extensions.AI;
using UnifiedVlm.Client;
using UnifiedVlm.Documents;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Client;

/// <summary>What lies between a client and its server: keys, time, and proxies that answer in its place.</summary>
public sealed class ConnectionTests
{
    private const string Accepted = """{"id":"a","position":7,"statusUrl":"/v1/inbox/7"}""";

    private static readonly InterleavedDocument Document = new() { Id = "a", Parts = [new TextPart("one")] };

    [Fact]
    public async Task A_server_that_never_answers_is_left_and_tried_again_and_then_told_of()
    {
        var time = new ManualTimeProvider();
        var silent = new SilentServer();
        var options = new UnifiedVlmClientOptions { ResponseTimeout = TimeSpan.FromSeconds(5), Retries = 1, RetryDelay = TimeSpan.FromSeconds(1) };
        var push = Client(silent, options, time).PushAsync(Document);
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(6));
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(6));
        var failure = await Assert.ThrowsAsync<UnifiedVlmException>(() => push.WaitAsync(TestProbe.Patience));
        Assert.Null(failure.Status);
        Assert.Contains("did not answer in time", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, silent.Asked);
    }

    [Fact]
    public async Task Without_a_limit_of_its_own_a_push_ends_long_before_an_answer()
    {
        var time = new ManualTimeProvider();
        var client = Client(new SilentServer(), new UnifiedVlmClientOptions { Retries = 0 }, time);
        var push = client.PushAsync(Document);
        var chat = client.AsChatClient("m").GetResponseAsync("Hello?");
        var status = client.GetStatusAsync(new PushReceipt("a", 7, "/v1/inbox/7"), TimeSpan.FromSeconds(30));
        await time.WhenPendingAsync(3);
        Assert.Equal([1.0, 1.5, 6.0], time.Pending.Select(static limit => Math.Round(limit.TotalMinutes, 2)));
        time.Advance(TimeSpan.FromMinutes(7));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => push.WaitAsync(TestProbe.Patience));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => status.WaitAsync(TestProbe.Patience));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => chat.WaitAsync(TestProbe.Patience));
    }

    [Fact]
    public async Task The_time_limit_of_the_callers_http_client_is_a_failure_that_passes_and_no_cancellation()
    {
        var server = new FakeServer(FakeServer.TooLate(), FakeServer.Json(Accepted, HttpStatusCode.Accepted));
        Assert.Equal(7, (await Client(server, new() { RetryDelay = TimeSpan.FromMilliseconds(1) }).PushAsync(Document)).Position);
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task A_caller_that_cancels_is_not_held()
    {
        var silent = new SilentServer();
        using var cancellation = new CancellationTokenSource();
        var push = Client(silent).PushAsync(Document, cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => push.WaitAsync(TestProbe.Patience));
        Assert.Equal(1, silent.Asked);
    }

    [Theory]
    [InlineData("secret\n")]
    [InlineData("schlüssel")]
    [InlineData("two words")]
    public void A_key_that_can_not_be_sent_is_refused_before_anything_is(string key)
    {
        var refused = Assert.Throws<ArgumentException>(() => Client(new FakeServer(FakeServer.Json("{}")), new() { ApiKey = key }));
        Assert.Contains("ApiKey", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_is_an_idempotency_key_sent_that_the_server_does_not_take()
    {
        var server = new FakeServer(FakeServer.Json(Accepted, HttpStatusCode.Accepted));
        foreach (var key in new[] { "", "schlüssel", "a\n", new string('a', 256) })
            await Assert.ThrowsAsync<ArgumentException>(() => Client(server).PushAsync(Document, key));
        Assert.Empty(server.Asked);
        await Client(server).PushAsync(Document, new string('a', 255));
        Assert.Equal(new string('a', 255), server.Asked.Single().Key);
    }

    [Theory]
    [InlineData("""{"detail":["no"],"title":502}""")]
    [InlineData("""{"title":502}""")]
    [InlineData("""{"error":{"message":{}}}""")]
    [InlineData("""{"error":"no"}""")]
    [InlineData("[]")]
    [InlineData("<html>no</html>")]
    [InlineData("")]
    public async Task Whatever_a_proxy_says_a_failure_has_its_status(string body)
    {
        var server = new FakeServer(FakeServer.Json(body, HttpStatusCode.BadGateway));
        var failure = await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(server, new() { Retries = 0 }).PushAsync(Document));
        Assert.Equal((HttpStatusCode.BadGateway, "The server answered 502 Bad Gateway."), (failure.Status, failure.Message));
    }

    [Theory]
    [InlineData("<html>Please log in</html>")]
    [InlineData("{}")]
    [InlineData("""{"choices":[],"data":{}}""")]
    [InlineData("""{"choices":[null],"data":[null]}""")]
    [InlineData("""{"choices":{},"data":[{"embedding":[1,2]}]}""")]
    public async Task A_success_that_is_none_of_the_servers_is_told_of(string body)
    {
        var client = Client(new FakeServer(FakeServer.Json(body)));
        Assert.Equal(HttpStatusCode.OK, (await Assert.ThrowsAsync<UnifiedVlmException>(() => client.AsChatClient("m").GetResponseAsync("Hello?"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Assert.ThrowsAsync<UnifiedVlmException>(() => client.AsEmbeddingGenerator("m").GenerateAsync(["cats"]))).Status);
        await Assert.ThrowsAsync<UnifiedVlmException>(
            () => Client(new FakeServer(FakeServer.Events("data: <html>\n\n"))).AsChatClient("m").GetStreamingResponseAsync("Hello?").ToChatResponseAsync());
    }

    [Fact]
    public async Task A_page_in_place_of_hits_is_told_of()
    {
        var failure = await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(new FakeServer(FakeServer.Json("<html>Please log in</html>"))).SearchAsync(new SearchQuery("cats")));
        Assert.Equal(HttpStatusCode.OK, failure.Status);
    }

    [Fact]
    public async Task A_refusal_whose_body_breaks_off_is_still_that_refusal()
    {
        var server = new FakeServer(FakeServer.Broken("{\"detail\":", HttpStatusCode.BadRequest));
        var failure = await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(server).PushAsync(Document));
        Assert.Equal((HttpStatusCode.BadRequest, 1), (failure.Status, server.Asked.Count));
    }

    [Fact]
    public async Task Bodies_say_how_long_they_are()
    {
        var server = new FakeServer(FakeServer.Json("""{"hits":[]}"""), FakeServer.Json("{}"));
        var client = Client(server);
        await client.SearchAsync(new SearchQuery("cats"));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => client.AsChatClient("m").GetResponseAsync("Hello?"));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => client.AsEmbeddingGenerator("m").GenerateAsync(["cats"]));
        Assert.All(server.Asked, static asked => Assert.Equal((long?)asked.Body.Length, asked.Length));
    }

    private static UnifiedVlmClient Client(HttpMessageHandler server, UnifiedVlmClientOptions? options = null, TimeProvider? time = null) =>
        new(new HttpClient(server) { BaseAddress = new Uri("http://server"), Timeout = Timeout.InfiniteTimeSpan }, options, time);

    /// <summary>Takes requests and never answers.</summary>
    private sealed class SilentServer : HttpMessageHandler
    {
        public int Asked { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("It answered.");
        }
    }
}
