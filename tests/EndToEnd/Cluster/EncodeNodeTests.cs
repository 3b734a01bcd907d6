using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cluster;

/// <summary>A node without a device ingests and answers with the devices of others, and misses none of them that dies.</summary>
public sealed class EncodeNodeTests : IAsyncLifetime
{
    private const int Streams = 8;
    private const int MaxTokens = 900;

    private readonly DataFolder data = new();
    private Database database = null!;

    public async Task InitializeAsync() => database = await data.OpenDatabaseAsync();

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        await data.DisposeAsync();
    }

    [Fact]
    public async Task A_node_without_a_device_works_with_those_of_others()
    {
        await using var node = await ServingNode.StartAsync(data, "--roles", "ingest,query", "--device", "none", "--node-name", "bare", "--rpc-secret", "s3cret");
        await node.PushAsync(Document(0));
        var early = await node.PostAsync("/v1/search", new JsonObject { ["text"] = "cut a picture" });
        Assert.True(early.Status == HttpStatusCode.ServiceUnavailable, early.Body);

        await database.KeepMembersAsync();
        await using var lending = await StartLenderAsync("lending", "--device", "cpu,cpu");
        await UntilReadyAsync(node, "lending");
        Assert.Equal("indexed", (string?)(await node.OutcomeAsync("/v1/inbox/1"))["status"]);
        var found = await UntilTakenAsync(node, "/v1/search", new JsonObject { ["text"] = "cut a picture" });
        Assert.Equal("document-0", (string?)found.Json["hits"]![0]!["id"]);

        var answer = await UntilTakenAsync(node, "/v1/chat/completions", Chat("What does the crop tool cut?", 20));
        Assert.True(answer.Body.Split("data: ").Length > 2, answer.Body);
        Assert.EndsWith("data: [DONE]", answer.Body.TrimEnd(), StringComparison.Ordinal);

        // The same vectors as a device of its own would give.
        var status = await node.GetJsonAsync("/v1/status");
        Assert.Equal("none", (string?)status["model"]!["device"]);
        var device = Assert.Single(status["devices"]!.AsArray())!;
        Assert.Equal(("lending", true), ((string?)device["name"], (bool)device["isRemote"]!));
        Assert.True((long)device["answered"]! >= 2, status.ToJsonString());
        Assert.Equal(["cpu", "cpu-2"], (await lending.GetJsonAsync("/v1/status"))["devices"]!.AsArray().Select(static d => (string)d!["name"]!));
    }

    [Fact]
    public async Task What_an_encode_node_has_when_it_is_killed_is_encoded_by_another()
    {
        const int Documents = 20;
        await using var node = await ServingNode.StartAsync(data, "--roles", "ingest,query", "--device", "none", "--node-name", "bare", "--rpc-secret", "s3cret");
        await using var survivor = await StartLenderAsync("survivor");
        await using var dying = await StartLenderAsync("dying");
        await UntilReadyAsync(node, "survivor");
        await UntilReadyAsync(node, "dying");

        // Until both were given some: a few documents may all go to the one whose credit came first.
        var pushed = 0;
        JsonNode? device = null;
        await Waiting.UntilAsync(
            async () =>
            {
                await node.PushAsync(Document(pushed++));
                return (long?)(device = await DeviceAsync(node, "dying"))?["answered"] > 0;
            },
            () => $"both are given documents: {device?.ToJsonString()}\n{node.Process.Output}");

        // With the credit that it has granted it gets documents, and answers none of them; then it is gone with them, or was found out before.
        dying.Process.Freeze();
        for (var i = 0; i < Documents; i++)
            await node.PushAsync(Document(pushed++));
        await Waiting.UntilAsync(
            async () => (device = await DeviceAsync(node, "dying")) is null || (long)device["ingestTokens"]! > 0 || (string?)device["state"] != "ready",
            () => $"{device?.ToJsonString()}\n{node.Process.Output}");
        await dying.Process.KillAsync();

        await database.UntilAsync($"SELECT count(*) = {pushed} FROM uvlm.document", () => node.Process.Output);
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
        await Waiting.UntilAsync(async () => await DeviceAsync(node, "dying") is null, () => "the dead node is forgotten");
    }

    [Fact]
    public async Task A_lender_told_to_stop_finishes_what_it_was_lent_before_it_leaves()
    {
        await using var node = await ServingNode.StartAsync(data, "--roles", "query", "--device", "none", "--node-name", "bare", "--rpc-secret", "s3cret");
        await database.KeepMembersAsync();
        await using var lending = await StartLenderAsync("leaving", "--drain-seconds", "240");
        await UntilReadyAsync(node, "leaving");
        // Several at once, and so for longer than the borrower takes to hear that a member has left.
        var replies = new List<HttpResponseMessage>();
        for (var i = 0; i < Streams; i++)
        {
            var number = i;
            HttpResponseMessage? reply = null;
            // The credit for one more comes over the network: who asks before it is there is told to ask again.
            await Waiting.UntilAsync(
                async () =>
                {
                    reply?.Dispose();
                    using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(Chat($"What does tool number {number} cut?", MaxTokens)) };
                    reply = await node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                    return reply.StatusCode != HttpStatusCode.TooManyRequests;
                },
                () => node.Process.Output);
            Assert.True(reply!.IsSuccessStatusCode, node.Process.Output);
            replies.Add(reply);
        }

        var stopping = lending.Process.TerminateAsync();
        foreach (var reply in replies)
        {
            using var read = reply;
            var events = (await read.Content.ReadAsStringAsync()).TrimEnd();
            Assert.True(events.EndsWith("data: [DONE]", StringComparison.Ordinal), $"{events[^Math.Min(events.Length, 500)..]}\n{node.Process.Output}\n{lending.Process.Output}");
        }

        await stopping;
        Assert.True(lending.Process.ExitCode == 0, lending.Process.Output);
    }

    [Theory]
    [InlineData("--device none", "--roles", "encode", "--device", "none")]
    [InlineData("encode", "--roles", "query", "--rpc-url", "http://127.0.0.1:0")]
    [InlineData("--rpc-secret", "--rpc-url", "http://192.0.2.1:7078")]
    [InlineData("--rpc-advertise", "--rpc-url", "http://0.0.0.0:7078", "--rpc-secret", "x")]
    [InlineData("--tls-certificate", "--rpc-url", "https://127.0.0.1:0")]
    [InlineData("--device", "--device", "cpu,gpu")]
    public async Task What_does_not_go_together_is_refused(string named, params string[] arguments)
    {
        var finished = await Uvlm.RunAsync(["serve", "--url", "http://127.0.0.1:0", "--data", data.Root, .. arguments]);
        Assert.Equal(2, finished.ExitCode);
        Assert.Contains(named, finished.Errors, StringComparison.Ordinal);
    }

    private static JsonObject Document(int number) => new()
    {
        ["id"] = $"document-{number}",
        ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"Tool number {number} cuts a picture." }),
    };

    private static JsonObject Chat(string question, int maxTokens) => new()
    {
        ["model"] = "uvlm-tiny",
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
        ["max_tokens"] = maxTokens,
        ["stream"] = true,
    };

    /// <summary>Again as long as no device has room: credit comes over the network.</summary>
    private static async Task<Reply> UntilTakenAsync(ServingNode node, string path, JsonObject body)
    {
        Reply? reply = null;
        await Waiting.UntilAsync(async () => (reply = await node.PostAsync(path, body)).Status == HttpStatusCode.OK, () => $"{reply?.Body}\n{node.Process.Output}");
        return reply!;
    }

    private static async Task<JsonNode?> DeviceAsync(ServingNode node, string name)
        => (await node.GetJsonAsync("/v1/status"))["devices"]!.AsArray().FirstOrDefault(d => (string)d!["name"]! == name);

    private static async Task UntilReadyAsync(ServingNode node, string name)
    {
        JsonNode? device = null;
        await Waiting.UntilAsync(
            async () => (string?)(device = await DeviceAsync(node, name))?["state"] == "ready", () => $"{name} lends its device: {device?.ToJsonString()}\n{node.Process.Output}");
    }

    private Task<ServingNode> StartLenderAsync(string name, params string[] arguments)
        => ServingNode.StartAsync(data, ["--roles", "encode", "--node-name", name, "--rpc-secret", "s3cret", .. arguments]);
}
