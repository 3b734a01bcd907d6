using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>What a sender hears of what was pushed: at once, later, and after the node has gone.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class PushTests(SharedNode shared)
{
    private readonly string tenant = $"p{Guid.NewGuid():N}";

    private ServingNode Node => shared.Node;

    [Fact]
    public async Task The_reply_says_where_to_ask_and_the_answer_what_became_of_each_push()
    {
        Assert.Equal(("indexed", 5L), await OutcomeAsync(Document("x", "One.", version: 5)));
        Assert.Equal(("unchanged", 5L), await OutcomeAsync(Document("x", "One.", version: 5)));
        Assert.Equal(("stale", 5L), await OutcomeAsync(Document("x", "Zero.", version: 4)));
        Assert.Equal(("deleted", 6L), await OutcomeAsync(Event("x", version: 6), "application/cloudevents+json"));
        var dead = await FinishedAsync(Document("x", "Two.", version: 6));
        Assert.Equal(("dead", "x"), ((string?)dead["status"], (string?)dead["id"]));
        Assert.Equal(("conflict", "version"), ((string?)dead["dead"]!["reason"], (string?)dead["dead"]!["field"]));
        Assert.Contains("higher version", (string)dead["dead"]!["detail"]!, StringComparison.Ordinal);
        Assert.Equal(
            $"{(long)dead["position"]!}",
            await shared.Database.ScalarAsync<string>($"SELECT log_offset::text FROM uvlm.dead_letter WHERE id = {(long)dead["dead"]!["number"]!}"));
    }

    [Fact]
    public async Task Of_another_tenants_push_or_none_nothing_is_said()
    {
        var accepted = (await Node.PostAsync("/v1/documents", Document("x", "One."))).Json;
        Assert.Equal($"/v1/inbox/{(long)accepted["position"]!}?tenant={tenant}", (string?)accepted["statusUrl"]);
        foreach (var path in (string[])[$"/v1/inbox/{(long)accepted["position"]!}", $"/v1/inbox/{(long)accepted["position"]!}?tenant=other", $"/v1/inbox/{long.MaxValue}?tenant={tenant}"])
        {
            using var reply = await Node.Http.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (reply.StatusCode, reply.Content.Headers.ContentType!.MediaType));
        }

        foreach (var wait in (string[])["-1", "31", "1.5", "long"])
        {
            using var reply = await Node.Http.GetAsync($"{(string)accepted["statusUrl"]!}&wait={wait}");
            Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
            Assert.Equal("wait", (string?)JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["field"]);
        }
    }

    [Fact]
    public async Task A_batch_is_taken_whole_and_its_documents_are_told_apart()
    {
        var lines = string.Join("\r\n", Document("a", "One.", version: 1).ToJsonString(), "", Document("b", "Two.", version: 1).ToJsonString(), Event("a", version: 2).ToJsonString(), "");
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var reply = await Node.PostAsync("/v1/documents", Lines(lines), key);
        Assert.True(reply.Status == HttpStatusCode.Accepted, reply.Body);
        var accepted = reply.Json["documents"]!.AsArray();
        Assert.Equal(["a", "b", "a"], accepted.Select(static d => (string?)d!["id"]));
        Assert.Equal(accepted.Select(static d => (long)d!["position"]!).Order(), accepted.Select(static d => (long)d!["position"]!));

        Assert.Equal(reply.Body, (await Node.PostAsync("/v1/documents", Lines(lines), key)).Body);
        (await Node.PostAsync("/v1/documents", Lines(lines + Document("c", "Three.").ToJsonString()), key)).AssertRefused(HttpStatusCode.Conflict, "headers.Idempotency-Key");
        var outcomes = new List<string?>();
        foreach (var document in accepted)
            outcomes.Add((string?)(await WaitAsync((string)document!["statusUrl"]!))["status"]);
        Assert.Equal(["indexed", "indexed", "deleted"], outcomes);
        Assert.Equal(3, await CountAsync());
    }

    [Theory]
    [InlineData("{\"id\":\"bad\"}", "parts")]
    [InlineData("nonsense", "$")]
    [InlineData("{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"/s\",\"type\":\"other\"}", "type")]
    [InlineData("{\"specversion\":\"1.0\"", "$")]
    public async Task A_bad_line_is_named_and_nothing_of_its_batch_is_taken(string bad, string field)
    {
        var reply = await Node.PostAsync("/v1/documents", Lines($"{Document("a", "One.").ToJsonString()}\n\n{bad}\n{Document("b", "Two.").ToJsonString()}"));
        reply.AssertRefused(HttpStatusCode.BadRequest, field);
        Assert.Equal(3, (int?)reply.Json["line"]);
        Assert.Contains("line 3: ", (string)reply.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_batch_without_documents_or_with_too_many_is_refused()
    {
        (await Node.PostAsync("/v1/documents", Lines(" \n\r\n"))).AssertRefused(HttpStatusCode.BadRequest, "$");
        var line = Document("a", "One.").ToJsonString();
        (await Node.PostAsync("/v1/documents", Lines(string.Join('\n', Enumerable.Repeat(line, 1001))))).AssertRefused(HttpStatusCode.BadRequest, "$");
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_batch_of_events_is_a_batch_too()
    {
        var events = new JsonArray(Upsert("a", 1), Upsert("b", 1), Event("a", version: 2));
        var reply = await Node.PostAsync("/v1/documents", new StringContent(events.ToJsonString(), Encoding.UTF8, "application/cloudevents-batch+json"));
        Assert.True(reply.Status == HttpStatusCode.Accepted, reply.Body);
        var outcomes = new List<string?>();
        foreach (var document in reply.Json["documents"]!.AsArray())
            outcomes.Add($"{(string?)document!["id"]} {(string?)(await WaitAsync((string)document["statusUrl"]!))["status"]}");
        Assert.Equal(["a indexed", "b indexed", "a deleted"], outcomes);

        events[1]!["type"] = "com.example.other";
        var refused = await Node.PostAsync("/v1/documents", new StringContent(events.ToJsonString(), Encoding.UTF8, "application/cloudevents-batch+json"));
        refused.AssertRefused(HttpStatusCode.BadRequest, "type");
        Assert.Equal(2, (int?)refused.Json["line"]);
        foreach (var none in (string[])["[]", "{}", "[{}", "nonsense", $"[{Upsert("c", 1)}]\n[{Upsert("d", 1)}]"])
        {
            (await Node.PostAsync("/v1/documents", new StringContent(none, Encoding.UTF8, "application/cloudevents-batch+json")))
                .AssertRefused(HttpStatusCode.BadRequest, "$");
        }

        Assert.Equal(3, await CountAsync());
    }

    [Fact]
    public async Task An_event_in_binary_mode_is_its_headers_and_its_body()
    {
        var document = new JsonObject { ["id"] = "mühle", ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "One." }) };
        var upserted = await BinaryAsync(document.ToJsonString(), "com.unifiedvlm.document.upsert", ("ce-subject", "m%C3%BChle"), ("ce-tenant", tenant), ("ce-version", "4"));
        Assert.True(upserted.Status == HttpStatusCode.Accepted, upserted.Body);
        var outcome = await WaitAsync((string)upserted.Json["statusUrl"]!);
        Assert.Equal(("mühle", "indexed", 4L), ((string?)outcome["id"], (string?)outcome["status"], (long?)outcome["version"]));
        var deleted = await BinaryAsync("", "com.unifiedvlm.document.delete", ("ce-subject", "m%C3%BChle"), ("ce-tenant", tenant), ("ce-version", "5"));
        Assert.Equal("deleted", (string?)(await WaitAsync((string)deleted.Json["statusUrl"]!))["status"]);

        (await BinaryAsync(document.ToJsonString(), "com.example.other", ("ce-tenant", tenant))).AssertRefused(HttpStatusCode.BadRequest, "type");
        (await BinaryAsync(document.ToJsonString(), "com.unifiedvlm.document.upsert", ("ce-tenant", tenant), ("ce-data", "{}"))).AssertRefused(HttpStatusCode.BadRequest, "headers.ce-data");
        // A body that would close the event and say more.
        (await BinaryAsync("""{"id":"x"},"tenant":"other" """, "com.unifiedvlm.document.upsert", ("ce-subject", "x"))).AssertRefused(HttpStatusCode.BadRequest, "$");
        Assert.Equal(2, await CountAsync());
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("")]
    [InlineData(256)]
    public async Task A_key_that_is_none_is_refused(object key)
    {
        var text = key is int length ? new string('k', length) : (string)key;
        (await Node.PostAsync("/v1/documents", Document("a", "One."), ("Idempotency-Key", text))).AssertRefused(HttpStatusCode.BadRequest, "headers.Idempotency-Key");
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_full_inbox_refuses_until_there_is_room_and_outcomes_outlive_the_node()
    {
        await using var data = new DataFolder();
        var statusUrl = "";
        await using (var node = await ServingNode.StartAsync(data, "--inbox-rows", "3"))
        {
            await using var database = await data.OpenDatabaseAsync();
            // Nobody takes anything up as long as this holds: neither the comparison nor the writer gets at the documents.
            await using var hold = await database.HoldAsync("LOCK TABLE uvlm.document IN ACCESS EXCLUSIVE MODE");
            for (var i = 0; i < 3; i++)
                statusUrl = (string)(await AcceptedAsync(node, Document($"d{i}", $"Number {i}.")))["statusUrl"]!;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = Lines(Document("d3", "Number 3.").ToJsonString()) };
            using var refused = await node.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
            var four = Lines(string.Join('\n', Enumerable.Range(4, 4).Select(i => Document($"d{i}", "More than there may ever be.").ToJsonString())));
            (await node.PostAsync("/v1/documents", four)).AssertRefused(HttpStatusCode.RequestEntityTooLarge, "$");
            Assert.Equal("received", (string?)(await node.GetJsonAsync(statusUrl))["status"]);
            Assert.Equal(3, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.inbox"));

            await hold.DisposeAsync();
            Assert.Equal("indexed", (string?)(await node.OutcomeAsync(statusUrl))["status"]);
            await Waiting.UntilAsync(
                async () => (await node.PostAsync("/v1/documents", Document("d3", "Number 3."))).Status == HttpStatusCode.Accepted, () => node.Process.Output);
        }

        await using var next = await ServingNode.StartAsync(data);
        Assert.Equal("indexed", (string?)(await next.GetJsonAsync(statusUrl))["status"]);
    }

    private static async Task<JsonObject> AcceptedAsync(ServingNode node, JsonObject document)
    {
        var reply = await node.PostAsync("/v1/documents", document);
        Assert.True(reply.Status == HttpStatusCode.Accepted, reply.Body);
        return reply.Json;
    }

    private async Task<(string? Status, long? Version)> OutcomeAsync(JsonObject body, string mediaType = "application/json")
    {
        var outcome = await FinishedAsync(body, mediaType);
        return ((string?)outcome["status"], (long?)outcome["version"]);
    }

    private async Task<JsonObject> FinishedAsync(JsonObject body, string mediaType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, mediaType) };
        using var reply = await Node.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, reply.StatusCode);
        return await WaitAsync(reply.Headers.Location!.OriginalString);
    }

    private Task<JsonObject> WaitAsync(string statusUrl) => Node.OutcomeAsync(statusUrl);

    private Task<long> CountAsync() => shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.inbox WHERE tenant = '{tenant}'");

    private static StringContent Lines(string lines) => new(lines, Encoding.UTF8, "application/x-ndjson");

    private JsonObject Document(string id, string text, long? version = null)
    {
        var document = new JsonObject { ["id"] = id, ["tenant"] = tenant, ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) };
        if (version is not null)
            document["version"] = version;
        return document;
    }

    private Task<Reply> BinaryAsync(string body, string type, params (string, string)[] headers) => Node.PostAsync(
        "/v1/documents", new StringContent(body, Encoding.UTF8, "application/json"),
        [("ce-specversion", "1.0"), ("ce-id", Guid.NewGuid().ToString()), ("ce-source", "/tests"), ("ce-type", type), .. headers]);

    private JsonObject Upsert(string id, long version)
    {
        var upsert = Event(id, version);
        (upsert["type"], upsert["data"]) = ("com.unifiedvlm.document.upsert", new JsonObject { ["id"] = id, ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = id }) });
        return upsert;
    }

    private JsonObject Event(string id, long version) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = Guid.NewGuid().ToString(),
        ["source"] = "/tests",
        ["type"] = "com.unifiedvlm.document.delete",
        ["subject"] = id,
        ["tenant"] = tenant,
        ["version"] = version,
    };
}
