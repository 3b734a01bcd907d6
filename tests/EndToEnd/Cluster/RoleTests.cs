using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cluster;

/// <summary>A node does what its roles say, and is a member of the cluster from the moment it serves until it has ended.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    private readonly DataFolder data = new();
    private Database database = null!;

    public async Task InitializeAsync() => database = await data.OpenDatabaseAsync();

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        await data.DisposeAsync();
    }

    [Fact]
    public async Task What_one_node_takes_another_ingests_and_a_third_finds()
    {
        await using var query = await ServingNode.StartAsync(data, "--roles", "query", "--node-name", "asked");
        await query.PushAsync(Document("crop"));
        var status = await query.GetJsonAsync("/v1/status");
        Assert.Empty(status["ingest"]!["partitions"]!.AsArray());
        Assert.Equal("asked", (string?)status["node"]);
        Assert.Equal("received", (string?)(await query.GetJsonAsync("/v1/inbox/1"))["status"]);

        await using var ingest = await ServingNode.StartAsync(data, "--roles", "ingest", "--node-name", "reading");
        Assert.Equal("indexed", (string?)(await query.OutcomeAsync("/v1/inbox/1"))["status"]);
        var found = await query.PostAsync("/v1/search", new JsonObject { ["text"] = "cut a picture" });
        Assert.Equal("crop", (string?)found.Json["hits"]![0]!["id"]);

        // Where nobody answers questions, that is said; pictures, pushes and the status are everybody's.
        var refused = await ingest.PostAsync("/v1/search", new JsonObject { ["text"] = "cut a picture" });
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.Status);
        Assert.Contains("query", (string)refused.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await ingest.PostAsync("/v1/answer", new JsonObject { ["text"] = "cut" })).Status);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await ingest.PostAsync("/v1/embeddings", new JsonObject { ["model"] = "uvlm-tiny", ["input"] = "cut" })).Status);
        await ingest.PushAsync(Document("scale"));

        JsonArray? members = null;
        await Waiting.UntilAsync(
            async () => (members = (await ingest.GetJsonAsync("/v1/status"))["members"]!.AsArray()).Count == 2 && members.All(static m => (long)m!["freeQueryTokens"]! > 0),
            () => $"both are members:\n{members?.ToJsonString()}\n{ingest.Process.Output}");
        Assert.Equal(["asked", "reading"], members!.Select(static m => (string)m!["name"]!));
        Assert.Equal(["query"], members![0]!["roles"]!.AsArray().Select(static r => (string)r!));
        Assert.Equal(query.Http.BaseAddress, new Uri((string)members[0]!["address"]!));
        Assert.Equal("ready", (string?)members[1]!["state"]);
    }

    [Fact]
    public async Task A_node_told_to_stop_says_so_finishes_its_answers_and_leaves()
    {
        await using var node = await ServingNode.StartAsync(data, "--node-name", "leaving", "--drain-seconds", "120");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new JsonObject
            {
                ["model"] = "uvlm-tiny",
                ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What does the crop tool cut?" }),
                ["max_tokens"] = 400,
                ["stream"] = true,
            }),
        };
        using var reply = await node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        reply.EnsureSuccessStatusCode();

        // What is read slowly is still under way when the node is told: a generation is only so many tokens ahead of its reader.
        var stopping = node.Process.TerminateAsync();
        await database.UntilAsync("SELECT state = 'draining' FROM uvlm.member WHERE name = 'leaving'", () => node.Process.Output);
        var events = await reply.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]", events.TrimEnd(), StringComparison.Ordinal);

        await stopping;
        Assert.True(node.Process.ExitCode == 0, node.Process.Output);
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.member WHERE expires_at > clock_timestamp()"));
    }

    [Fact]
    public async Task A_process_that_takes_a_name_ends_the_one_that_had_it()
    {
        await using var first = await ServingNode.StartAsync(data, "--roles", "gateway", "--node-name", "twin");
        await using var second = await ServingNode.StartAsync(data, "--roles", "gateway", "--node-name", "twin");
        await first.Process.WaitForExitAsync();
        Assert.Equal(2, first.Process.ExitCode);
        Assert.Contains("--node-name", first.Process.Output, StringComparison.Ordinal);
        Assert.Equal("alive", await second.Http.GetStringAsync("/alive"));
    }

    private static JsonObject Document(string id) => new()
    {
        ["id"] = id,
        ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"The {id} tool cuts a picture." }),
    };
}
