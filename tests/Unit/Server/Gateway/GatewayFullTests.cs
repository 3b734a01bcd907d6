using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Tests.Unit.Server.Gateway;

/// <summary>Nodes that have filled up since they said what they could take, and nodes that have no device.</summary>
public sealed class GatewayFullTests : IAsyncLifetime
{
    private GatewayBed bed = null!;

    public async Task InitializeAsync() => bed = await GatewayBed.StartAsync();

    public Task DisposeAsync() => bed.DisposeAsync().AsTask();

    [Theory]
    [InlineData("/v1/search")]
    [InlineData("/v1/chat/completions")]
    public async Task A_node_that_has_filled_up_costs_no_question_where_another_has_room(string path)
    {
        var full = await bed.AddAsync("a", static context => RefuseAsync(context, Full()));
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await AskAsync(path);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Equal($"POST {path} hello", await reply.Content.ReadAsStringAsync());
        Assert.Null(reply.Headers.RetryAfter);
        Assert.False(reply.Headers.Contains(HttpFailure.FullHeader));
        Assert.Equal((1, 1), (full.Requests, other.Requests));

        // It is not taken for dead.
        using var next = await AskAsync(path);
        Assert.Equal(2, full.Requests);
    }

    [Fact]
    public async Task A_refusal_for_room_is_passed_on_where_no_other_has_any()
    {
        await bed.AddAsync("a", static context => RefuseAsync(context, Full()));
        using var reply = await AskAsync("/v1/search");
        Assert.Equal(HttpStatusCode.TooManyRequests, reply.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), reply.Headers.RetryAfter?.Delta);
        Assert.Contains("48 questions", (string?)(await reply.Content.ReadFromJsonAsync<JsonObject>())!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_other_node_is_tried_and_not_more()
    {
        FakeNode[] nodes =
        [
            await bed.AddAsync("a", static context => RefuseAsync(context, Full())), await bed.AddAsync("b", static context => RefuseAsync(context, Full())),
            await bed.AddAsync("c", static context => RefuseAsync(context, Full())),
        ];
        using var reply = await AskAsync("/v1/search");
        Assert.Equal(HttpStatusCode.TooManyRequests, reply.StatusCode);
        Assert.Equal(2, nodes.Sum(static n => n.Requests));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_keys_allowance_and_a_full_inbox_are_not_asked_for_elsewhere(bool isKeys)
    {
        Exception refusal = isKeys ? new RateLimitedException("requests", 60, TimeSpan.FromSeconds(7)) : new InboxFullException(InboxLimits.Default, TimeSpan.FromSeconds(7));
        await bed.AddAsync("a", context => RefuseAsync(context, refusal));
        var other = await bed.AddAsync("b", FakeNode.EchoAsync);
        using var reply = await AskAsync("/v1/search");
        Assert.Equal((HttpStatusCode.TooManyRequests, 0), (reply.StatusCode, other.Requests));
    }

    [Fact]
    public async Task Without_any_device_the_cluster_is_not_called_full()
    {
        bed.Table.Update([Members.Of("a", tokens: 0, generations: 0, hasDevice: false)]);
        using var reply = await AskAsync("/v1/search");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        Assert.Contains("device", (string?)(await reply.Content.ReadFromJsonAsync<JsonObject>())!["detail"], StringComparison.Ordinal);
        Assert.NotNull(reply.Headers.RetryAfter);
    }

    private static DeviceBusyException Full() => new("48 questions are under way, as many as are allowed.", TimeSpan.FromSeconds(7));

    /// <summary>As a node does.</summary>
    private static Task RefuseAsync(HttpContext context, Exception refusal) => HttpFailure.From(refusal)!.WriteAsync(context);

    private Task<HttpResponseMessage> AskAsync(string path) => bed.Http.PostAsync(path, new StringContent("hello"));
}
