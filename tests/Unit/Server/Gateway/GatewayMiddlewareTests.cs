using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Server.Gateway;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>What a client of a gateway sees while nodes fail, over real connections to nodes that behave as a test says.</summary>
public sealed class GatewayMiddlewareTests : IAsyncLifetime
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private GatewayBed bed = null!;

    public async Task InitializeAsync() => bed = await GatewayBed.StartAsync();

    public Task DisposeAsync() => bed.DisposeAsync().AsTask();

    [Fact]
    public async Task A_request_arrives_as_it_was_sent_and_says_where_it_came_from()
    {
        var node = await bed.AddAsync("a", FakeNode.EchoAsync);
        using var request = Request("POST", "/v1/documents?tenant=t", "hello");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "uvlm-key");
        request.Headers.Add("X-Request-Id", "mine");
        request.Headers.Add("traceparent", Trace);
        using var reply = await bed.Http.SendAsync(request);

        Assert.Equal("POST /v1/documents?tenant=t hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal("yes", reply.Headers.GetValues("X-Served").Single());
        Assert.Equal(("mine", "a"), (reply.Headers.GetValues("X-Request-Id").Single(), reply.Headers.GetValues("X-Uvlm-Node").Single()));
        Assert.Equal(("Bearer uvlm-key", "mine", "127.0.0.1", "gateway"), (
            (string?)node.Headers!.Authorization, (string?)node.Headers["X-Request-Id"], (string?)node.Headers["X-Forwarded-For"], (string?)node.Headers["X-Uvlm-Gateway"]));
        Assert.Contains(Trace.Split('-')[1], (string?)node.Headers["traceparent"], StringComparison.Ordinal);
        Assert.Equal(bed.Http.BaseAddress!.Authority, (string?)node.Headers["X-Forwarded-Host"]);
        Assert.NotEqual(bed.Http.BaseAddress!.Authority, (string?)node.Headers.Host);
    }

    [Fact]
    public async Task A_request_without_a_usable_id_gets_one()
    {
        await bed.AddAsync("a", FakeNode.EchoAsync);
        using var request = Request("GET", "/v1/status");
        request.Headers.Add("X-Request-Id", "two words");
        using var reply = await bed.Http.SendAsync(request);
        Assert.Matches("^[0-9a-f]{32}$", reply.Headers.GetValues("X-Request-Id").Single());
    }

    [Theory]
    [InlineData("GET", "/v1/documents")]
    [InlineData("POST", "/v1/search")]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("POST", "/v1/documents", "Idempotency-Key")]
    public async Task What_may_be_sent_twice_is_tried_elsewhere_when_its_node_dies(string method, string path, string? key = null)
    {
        var dying = await bed.AddAsync("a", async context =>
        {
            // In the middle of the body, where there is one.
            _ = await context.Request.Body.ReadAsync(new byte[3]);
            context.Abort();
        });
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var request = Request(method, path, method == "GET" ? null : "what is sent");
        if (key is not null)
            request.Headers.Add(key, "k");
        using var reply = await bed.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal($"{method} {path} {(method == "GET" ? "" : "what is sent")}", await reply.Content.ReadAsStringAsync());
        Assert.Equal((1, 1), (dying.Requests, other.Requests));

        // And the dead one is not asked again so soon.
        using var next = await bed.Http.GetAsync("/v1/documents");
        Assert.Equal((1, 2), (dying.Requests, other.Requests));
    }

    [Fact]
    public async Task What_counts_twice_is_not_tried_elsewhere()
    {
        var dying = await bed.AddAsync("a", static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/documents", "hello"));
        await AssertProblemAsync(reply, HttpStatusCode.BadGateway, "a did not answer");
        Assert.Equal((1, 0), (dying.Requests, other.Requests));
    }

    [Fact]
    public async Task What_has_not_been_sent_at_all_is_tried_elsewhere_whatever_it_is()
    {
        bed.AddUnreachable("a");
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/documents", "hello"));
        Assert.Equal("POST /v1/documents hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal(1, other.Requests);
    }

    [Fact]
    public async Task A_node_that_came_since_the_last_beat_is_found_when_those_that_are_known_are_dead()
    {
        var dying = await bed.AddAsync("a", static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        var (young, enter) = await bed.StartAsync("b", FakeNode.EchoAsync);
        bed.OnLook = enter;
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        Assert.Equal("POST /v1/search hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal((1, 1, 1), (dying.Requests, young.Requests, bed.Looks));

        // Now one is known that answers, so nobody is asked.
        using var next = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal((1, 2, 1), (dying.Requests, young.Requests, bed.Looks));
    }

    [Fact]
    public async Task A_node_that_was_killed_and_is_back_under_its_name_is_found_too()
    {
        bed.AddUnreachable("a");
        var (young, enter) = await bed.StartAsync("a", FakeNode.EchoAsync, epoch: 2);
        bed.OnLook = enter;
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/documents", "hello"));
        Assert.Equal("POST /v1/documents hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal((1, 1), (young.Requests, bed.Looks));
    }

    [Fact]
    public async Task The_first_node_of_a_cluster_is_found_by_the_first_request()
    {
        var (young, enter) = await bed.StartAsync("a", FakeNode.EchoAsync);
        bed.OnLook = enter;
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal((1, 1), (young.Requests, bed.Looks));
    }

    [Fact]
    public async Task What_could_not_be_sent_does_not_count_as_a_try()
    {
        var dying = await bed.AddAsync("a", static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        bed.AddUnreachable("b");
        bed.AddUnreachable("c");
        var other = await bed.AddAsync("d", FakeNode.EchoAsync);
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        Assert.Equal("POST /v1/search hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal((1, 1), (dying.Requests, other.Requests));
    }

    [Fact]
    public async Task That_one_could_not_be_reached_says_nothing_of_the_next()
    {
        // Reads the request, so that it has gone out, and says "not now".
        RequestDelegate refuses = static async context =>
        {
            await FakeNode.EchoAsync(new DefaultHttpContext { Request = { Body = context.Request.Body } });
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        };
        var refused = 0;
        for (var lot = 0; lot < 12; lot++)
        {
            await using var drawn = await GatewayBed.StartAsync(lot: lot);
            drawn.AddUnreachable("a");
            FakeNode[] nodes = [await drawn.AddAsync("b", refuses), await drawn.AddAsync("c", FakeNode.EchoAsync)];
            using var reply = await drawn.Http.SendAsync(Request("POST", "/v1/search", "hello"));
            Assert.Equal((lot, "POST /v1/search hello"), (lot, await reply.Content.ReadAsStringAsync()));
            refused += nodes[0].Requests;
        }

        Assert.InRange(refused, 1, 12);
    }

    [Theory]
    [InlineData("/v1/search")]
    [InlineData("/v1/documents")]
    public async Task A_machine_that_is_cut_off_has_seen_nothing(string path)
    {
        // Long enough for the one that can be reached, on any machine.
        await using var hasty = await GatewayBed.StartAsync(new GatewayOptions { ConnectTimeout = TimeSpan.FromSeconds(10) });
        await hasty.AddDeafAsync("a");
        var other = await hasty.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await hasty.Http.SendAsync(Request("POST", path, "hello"));
        Assert.Equal($"POST {path} hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal(1, other.Requests);
    }

    [Fact]
    public async Task Only_a_machine_that_is_cut_off_is_no_node_that_took_too_long()
    {
        await using var hasty = await GatewayBed.StartAsync(new GatewayOptions { ConnectTimeout = TimeSpan.FromSeconds(1) });
        await hasty.AddDeafAsync("a");
        using var alone = await hasty.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        await AssertProblemAsync(alone, HttpStatusCode.BadGateway, "a did not answer");
    }

    [Theory]
    [InlineData("/v1/documents/a%2Fb%20c?tenant=x%2Fy")]
    [InlineData("/v1/documents/%252F")]
    [InlineData("/v1/documents/%C3%A4/b")]
    public async Task A_path_arrives_as_it_was_written(string target)
    {
        string? arrived = null;
        await bed.AddAsync("a", context =>
        {
            arrived = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            return Task.CompletedTask;
        });
        using var reply = await bed.Http.GetAsync(new Uri(bed.Http.BaseAddress!.ToString().TrimEnd('/') + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal(target, arrived);
    }

    [Fact]
    public async Task It_is_tried_elsewhere_once_and_not_more()
    {
        RequestDelegate dies = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        FakeNode[] nodes = [await bed.AddAsync("a", dies), await bed.AddAsync("b", dies), await bed.AddAsync("c", FakeNode.EchoAsync)];
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        Assert.Equal(2, nodes.Sum(static n => n.Requests));
    }

    [Fact]
    public async Task A_node_that_is_not_available_is_heard_only_if_no_other_is()
    {
        var busy = await bed.AddAsync("a", static async context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "7";
            await context.Response.WriteAsync("the store is away");
        });
        using (var alone = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, alone.StatusCode);
            Assert.Equal("the store is away", await alone.Content.ReadAsStringAsync());
        }

        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Null(reply.Headers.RetryAfter);
        Assert.Equal((2, 1), (busy.Requests, other.Requests));
    }

    [Fact]
    public async Task Whoever_waits_for_a_node_that_is_taken_for_dead_is_served_by_another()
    {
        var asked = new TaskCompletionSource();
        var frozen = await bed.AddAsync("a", context =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await bed.AddAsync("b", FakeNode.EchoAsync);
        var waiting = bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        await asked.Task;
        bed.Remove("a");
        using var reply = await waiting;
        Assert.Equal("POST /v1/search hello", await reply.Content.ReadAsStringAsync());
        Assert.Equal(1, frozen.Requests);
    }

    [Fact]
    public async Task A_stream_comes_as_it_is_made_and_goes_on_when_its_node_is_no_member_any_more()
    {
        var goOn = new TaskCompletionSource();
        await bed.AddAsync("a", async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: one\n\n");
            await context.Response.Body.FlushAsync();
            await goOn.Task;
            await context.Response.WriteAsync("data: two\n\n");
        });
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/answer", "hello"), HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await reply.Content.ReadAsStreamAsync());
        Assert.Equal("data: one", await events.ReadLineAsync());
        await bed.AddAsync("b", FakeNode.EchoAsync);
        bed.Remove("a");
        goOn.SetResult();
        Assert.Equal("\ndata: two\n\n", await events.ReadToEndAsync());
    }

    [Fact]
    public async Task A_stream_that_has_begun_breaks_off_with_its_node_and_is_not_begun_again()
    {
        var heard = new TaskCompletionSource();
        await bed.AddAsync("a", async context =>
        {
            await context.Response.WriteAsync("data: one\n\n");
            await context.Response.Body.FlushAsync();
            await heard.Task;
            context.Abort();
        });
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/answer", "hello"), HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await reply.Content.ReadAsStreamAsync());
        Assert.Equal("data: one", await events.ReadLineAsync());
        heard.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => events.ReadToEndAsync());
        Assert.Equal(0, other.Requests);
    }

    [Fact]
    public async Task A_client_that_leaves_leaves_the_node_too()
    {
        var (asked, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        await bed.AddAsync("a", async context =>
        {
            using var registration = context.RequestAborted.Register(left.SetResult);
            asked.SetResult();
            await left.Task;
        });
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var leaving = new CancellationTokenSource();
        var waiting = bed.Http.SendAsync(Request("POST", "/v1/search", "hello"), leaving.Token);
        await asked.Task;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await left.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, other.Requests);
    }

    [Fact]
    public async Task With_nobody_there_that_is_said()
    {
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        await AssertProblemAsync(reply, HttpStatusCode.ServiceUnavailable, "query");
        Assert.NotNull(reply.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_full_cluster_refuses_in_the_words_of_whoever_asks()
    {
        bed.Table.Update([Members.Of("a", tokens: 0, generations: 0)]);
        using var reply = await bed.Http.SendAsync(Request("POST", "/v1/search", "hello"));
        await AssertProblemAsync(reply, HttpStatusCode.TooManyRequests, "as much to do");
        Assert.NotNull(reply.Headers.RetryAfter);
        using var chat = await bed.Http.SendAsync(Request("POST", "/v1/chat/completions", "{}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, chat.StatusCode);
        Assert.Equal("rate_limit_error", (string?)(await chat.Content.ReadFromJsonAsync<JsonObject>())!["error"]!["type"]);
    }

    [Fact]
    public async Task What_a_gateway_has_passed_on_is_not_passed_on_again()
    {
        var node = await bed.AddAsync("a", FakeNode.EchoAsync);
        using var request = Request("GET", "/v1/status");
        request.Headers.Add("X-Uvlm-Gateway", "another");
        using var reply = await bed.Http.SendAsync(request);
        await AssertProblemAsync(reply, HttpStatusCode.LoopDetected, "--advertise");
        Assert.Equal(0, node.Requests);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_arrives_whole_and_is_not_tried_elsewhere()
    {
        await using var small = await GatewayBed.StartAsync(new GatewayOptions { KeptBody = 10, ConnectTimeout = TimeSpan.FromMinutes(2) });
        var node = await small.AddAsync("a", FakeNode.EchoAsync);
        var text = new string('x', 100_000);
        using (var whole = await small.Http.SendAsync(Request("POST", "/v1/search", text)))
            Assert.Equal("POST /v1/search " + text, await whole.Content.ReadAsStringAsync());

        await using var dying = await GatewayBed.StartAsync(new GatewayOptions { KeptBody = 10, ConnectTimeout = TimeSpan.FromMinutes(2) });
        await dying.AddAsync("a", static async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[50_000]);
            context.Abort();
        });
        var other = await dying.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await dying.Http.SendAsync(Request("POST", "/v1/search", text));
        Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        Assert.Equal(0, other.Requests);
    }

    private static HttpRequestMessage Request(string method, string path, string? body = null) => new(new HttpMethod(method), path)
    {
        Content = body is null ? null : new StringContent(body, Encoding.UTF8, "text/plain"),
    };

    private static async Task AssertProblemAsync(HttpResponseMessage reply, HttpStatusCode status, string detail)
    {
        Assert.Equal((status, "application/problem+json"), (reply.StatusCode, reply.Content.Headers.ContentType?.MediaType));
        Assert.Contains(detail, (string?)(await reply.Content.ReadFromJsonAsync<JsonObject>())!["detail"], StringComparison.Ordinal);
    }
}
