using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cluster;

/// <summary>A gateway before nodes that are processes of their own, which die and are stopped while they are asked.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private const int Clients = 3;
    private const string ServedBy = "X-Uvlm-Node";

    /// <summary>Enough for the gateway to have asked every node, also those it has just come to know.</summary>
    private const int Some = 30;

    private readonly DataFolder data = new();
    private Database database = null!;
    private ServingNode gateway = null!;

    public async Task InitializeAsync()
    {
        database = await data.OpenDatabaseAsync();
        gateway = await ServingNode.StartAsync(data, "--roles", "gateway", "--node-name", "gateway");
    }

    public async Task DisposeAsync()
    {
        await gateway.DisposeAsync();
        await database.DisposeAsync();
        await data.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_that_are_killed_under_load_cost_no_request()
    {
        await using var first = await StartAsync("first");
        await using var second = await StartAsync("second");
        await UntilServedByAsync("first", "second");
        await using var load = new SearchLoad(gateway.Http, Clients);
        await load.UntilMoreAsync(Some);
        await first.Process.KillAsync();
        await load.UntilMoreAsync(Some);
        await using var third = await StartAsync("third");
        await UntilServedByAsync("third");
        await second.Process.KillAsync();
        await load.UntilMoreAsync(Some);
        Assert.Empty(await load.EndAsync());
    }

    [Fact]
    public async Task A_node_that_stands_still_costs_no_request()
    {
        await using var first = await StartAsync("first");
        await using var second = await StartAsync("second");
        await UntilServedByAsync("first", "second");
        await using var load = new SearchLoad(gateway.Http, Clients);
        await load.UntilMoreAsync(Some);
        first.Process.Freeze();
        await load.UntilMoreAsync(Some);
        Assert.Empty(await load.EndAsync());
        first.Process.Thaw();
        await UntilServedByAsync("first");
    }

    [Fact]
    public async Task Restarting_one_node_after_the_other_under_load_costs_no_request_and_breaks_no_stream()
    {
        var nodes = new List<ServingNode> { await StartAsync("node-0"), await StartAsync("node-1") };
        try
        {
            await UntilServedByAsync("node-0", "node-1");
            await using var load = new SearchLoad(gateway.Http, Clients);
            for (var i = 0; i < nodes.Count; i++)
            {
                await load.UntilMoreAsync(Some);
                using var answer = await AnswerOfAsync($"node-{i}");
                var stopping = nodes[i].Process.TerminateAsync();
                await database.UntilAsync($"SELECT state = 'draining' FROM uvlm.member WHERE name = 'node-{i}'", () => nodes[i].Process.Output);
                Assert.EndsWith("data: [DONE]", (await answer.Content.ReadAsStringAsync()).TrimEnd(), StringComparison.Ordinal);
                await stopping;
                Assert.True(nodes[i].Process.ExitCode == 0, nodes[i].Process.Output);
                await nodes[i].DisposeAsync();
                nodes[i] = await StartAsync($"node-{i}");
                await UntilServedByAsync($"node-{i}");
            }

            Assert.Empty(await load.EndAsync());
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_push_with_a_key_that_arrives_twice_is_stored_once()
    {
        // The first node takes the push and dies before it can answer: the database holds its statement back, and carries it out although nobody waits for it any more.
        const string Appending = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%inbox_append%'";
        // Only its death tells the gateway that the first is gone.
        await database.KeepMembersAsync();
        await using var first = await StartAsync("first", "--roles", "query");
        await UntilServedByAsync("first");
        var lockHeld = await database.HoldAsync("LOCK TABLE uvlm.inbox IN EXCLUSIVE MODE");
        await using (lockHeld)
        {
            var push = gateway.PostAsync("/v1/documents", Document("crop"), ("Idempotency-Key", "k"));
            await database.UntilAsync($"SELECT count(*) = 1 {Appending}", () => first.Process.Output);
            await using var second = await StartAsync("second", "--roles", "query");
            await UntilServedByAsync("second");
            await first.Process.KillAsync();
            await database.UntilAsync($"SELECT count(*) = 2 {Appending}", () => second.Process.Output);
            await lockHeld.DisposeAsync();
            Assert.Equal(HttpStatusCode.Accepted, (await push).Status);
        }

        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.inbox"));
    }

    [Fact]
    public async Task Without_nodes_and_with_full_ones_the_gateway_says_so_at_once()
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.Http.GetAsync("/health")).StatusCode);
        var nobody = await gateway.PostAsync("/v1/search", Question());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (nobody.Status, nobody.MediaType));

        // A node that has no room, as its row says; nobody is at its address, so that the answer can only be the gateway's.
        _ = await database.RowsAsync(
            """
            INSERT INTO uvlm.member (name, epoch, roles, http_address, version, state, expires_at)
            VALUES ('full', 1, '{query}', 'http://127.0.0.1:1', '1', 'ready', clock_timestamp() + interval '1 hour')
            """);
        Reply? full = null;
        await Waiting.UntilAsync(
            async () => (full = await gateway.PostAsync("/v1/search", Question())).Status == HttpStatusCode.TooManyRequests, () => $"{full?.Body}\n{gateway.Process.Output}");
        Assert.Equal("The cluster is full", (string?)full!.Json["title"]);
        Assert.Equal("healthy", await gateway.Http.GetStringAsync("/health"));

        // And one that has lost the devices it was lent.
        _ = await database.RowsAsync("UPDATE uvlm.member SET free_query_tokens = -1 WHERE name = 'full'");
        Reply? bare = null;
        await Waiting.UntilAsync(
            async () => (bare = await gateway.PostAsync("/v1/search", Question())).Status == HttpStatusCode.ServiceUnavailable, () => $"{bare?.Body}\n{gateway.Process.Output}");
        Assert.Equal("There is no device", (string?)bare!.Json["title"]);
    }

    [Fact]
    public async Task A_node_that_works_and_is_a_gateway_serves_and_passes_on()
    {
        await using var both = await StartAsync("both", "--roles", "ingest,query,gateway");
        Assert.Equal(HttpStatusCode.OK, (await both.PostAsync("/v1/search", Question())).Status);
        await using var other = await StartAsync("other", "--roles", "query");
        await Waiting.UntilAsync(
            async () =>
            {
                using var reply = await both.Http.PostAsync("/v1/search", JsonContent.Create(Question()));
                return reply.Headers.TryGetValues(ServedBy, out var names) && names.Single() == "other";
            },
            () => $"something is passed on:\n{both.Process.Output}\n{other.Process.Output}");
        Assert.Equal("both", (string?)(await both.GetJsonAsync("/v1/status"))["node"]);
    }

    private Task<ServingNode> StartAsync(string name, params string[] arguments)
        => ServingNode.StartAsync(data, ["--node-name", name, "--threads", "1", "--drain-seconds", "120", .. arguments]);

    /// <summary>Waits until the gateway has passed requests on to each.</summary>
    private async Task UntilServedByAsync(params string[] names)
    {
        var open = names.ToHashSet(StringComparer.Ordinal);
        await Waiting.UntilAsync(
            async () =>
            {
                using var reply = await gateway.Http.GetAsync("/v1/collections");
                if (reply.IsSuccessStatusCode)
                    open.Remove(reply.Headers.GetValues(ServedBy).Single());
                return open.Count == 0;
            },
            () => $"{string.Join(", ", open)} is asked:\n{gateway.Process.Output}");
    }

    /// <summary>The beginning of a long answer, which the node of that name makes. It is read slowly, so that it is under way still when the node is told to stop.</summary>
    private async Task<HttpResponseMessage> AnswerOfAsync(string name)
    {
        for (var i = 0; ; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = JsonContent.Create(new JsonObject
                {
                    ["model"] = "uvlm-tiny",
                    ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = string.Create(CultureInfo.InvariantCulture, $"What does tool {i} cut?") }),
                    ["max_tokens"] = 400,
                    ["stream"] = true,
                }),
            };
            var reply = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            reply.EnsureSuccessStatusCode();
            if (reply.Headers.GetValues(ServedBy).Single() == name)
                return reply;
            reply.Dispose();
        }
    }

    private static JsonObject Question() => new() { ["text"] = "cut a picture" };

    private static JsonObject Document(string id) => new()
    {
        ["id"] = id,
        ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"The {id} tool cuts a picture." }),
    };
}
