using System.Net;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Gateway;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>What becomes of a request when one node after another is taken for dead while it waits for their reply.</summary>
public sealed class GatewayGoneTests : IAsyncLifetime
{
    private GatewayBed bed = null!;
    private int arrived;

    public async Task InitializeAsync() => bed = await GatewayBed.StartAsync(new GatewayOptions { KeptBody = SlowContent.Length - 1, ConnectTimeout = TimeSpan.FromMinutes(2) });

    public Task DisposeAsync() => bed.DisposeAsync().AsTask();

    [Fact]
    public async Task It_goes_on_as_long_as_a_healthy_node_is_left()
    {
        var nodes = await AddAsync(5, (name, nth) => nth switch
        {
            1 => static context => AbortAsync(context),
            < 5 => context => FreezeAsync(context, name),
            _ => FakeNode.EchoAsync,
        });
        using var reply = await bed.Http.SendAsync(Search(new StringContent("hello")));
        Assert.Equal("POST /v1/search hello", await reply.Content.ReadAsStringAsync());
        Assert.All(nodes, static node => Assert.Equal(1, node.Requests));
    }

    [Fact]
    public async Task A_node_that_dies_of_it_after_another_was_lost_is_the_last()
    {
        var nodes = await AddAsync(3, (name, nth) => nth == 1 ? context => FreezeAsync(context, name) : static context => AbortAsync(context));
        using var reply = await bed.Http.SendAsync(Search(new StringContent("hello")));
        Assert.Equal((HttpStatusCode.BadGateway, 2), (reply.StatusCode, nodes.Sum(static node => node.Requests)));
    }

    [Fact]
    public async Task It_does_not_go_on_when_its_body_was_not_kept()
    {
        var more = new TaskCompletionSource();

        // Not one that breaks the connection: a client of HTTP/1.1 sees that when it sends the next bytes, which the second node has to ask for.
        var nodes = await AddAsync(3, (name, nth) => nth == 1
            ? context => FreezeAsync(context, name)
            : async context =>
            {
                more.TrySetResult();
                await context.Request.Body.ReadExactlyAsync(new byte[SlowContent.Length]);
                await FreezeAsync(context, name);
            });
        using var reply = await bed.Http.SendAsync(Search(new SlowContent(more.Task)));
        Assert.Equal((HttpStatusCode.BadGateway, 2), (reply.StatusCode, nodes.Sum(static node => node.Requests)));
    }

    [Fact]
    public async Task A_node_that_comes_back_again_and_again_ends_it()
    {
        List<FakeNode> nodes = [];
        List<Action> enter = [];
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            var next = epoch;
            var (node, enters) = await bed.StartAsync("a", context => FreezeAsync(context, () => enter[next]()), epoch);
            nodes.Add(node);
            enter.Add(enters);
        }

        enter[0]();
        using var reply = await bed.Http.SendAsync(Search(new StringContent("hello")));
        Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        Assert.Equal([1, 1, 0, 0], nodes.Select(static node => node.Requests));
    }

    private static HttpRequestMessage Search(HttpContent content) => new(HttpMethod.Post, "/v1/search") { Content = content };

    private static Task AbortAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private Task FreezeAsync(HttpContext context, string name) => FreezeAsync(context, () => bed.Remove(name));

    private static Task FreezeAsync(HttpContext context, Action isLost)
    {
        isLost();
        return Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <param name="serve">By the node's name and as the how manyth, of all nodes, it is asked.</param>
    private async Task<List<FakeNode>> AddAsync(int count, Func<string, int, RequestDelegate> serve)
    {
        List<FakeNode> nodes = [];
        for (var i = 0; i < count; i++)
        {
            var name = $"node-{i}";
            nodes.Add(await bed.AddAsync(name, context => serve(name, Interlocked.Increment(ref arrived))(context)));
        }

        return nodes;
    }

    /// <summary>The first bytes at once, the others when they are asked for.</summary>
    private sealed class SlowContent(Task more) : HttpContent
    {
        public const int Length = 2 * Half;

        // Beyond what the gateway's client gathers before it sends any of it.
        private const int Half = 16 << 10;

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[Half]);
            await stream.FlushAsync();
            await more;
            await stream.WriteAsync(new byte[Half]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
