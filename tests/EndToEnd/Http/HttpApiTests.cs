using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>The HTTP interface of a real node, from the push of a document to the answer over it.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class HttpApiTests(SharedNode shared)
{
    private readonly string tenant = $"t{Guid.NewGuid():N}";

    private ServingNode Node => shared.Node;

    [Fact]
    public async Task A_pushed_document_is_accepted_and_found_by_words_by_picture_and_by_both()
    {
        await PushAsync("harbour", Text("The lighthouse stands at the harbour."), Picture(1));
        await PushAsync("mill", Text("The windmill grinds corn."), Picture(2));
        await PushAsync("words", Text("Only words about a lighthouse keeper."));
        await shared.UntilStoredAsync(tenant, 3);

        Assert.Equal("mill", (await SearchAsync(Text("windmill")))[0]);
        Assert.Equal("harbour", (await SearchAsync(Picture(1)))[0]);
        Assert.Equal("mill", (await SearchAsync(Picture(2)))[0]);
        Assert.Equal("harbour", (await SearchAsync(Picture(1), Text("lighthouse harbour")))[0]);
        // Not by vectors alone: its very picture is a list of its own.
        var byPicture = await Node.PostAsync("/v1/search", new JsonObject { ["parts"] = new JsonArray(Picture(2)), ["tenant"] = tenant });
        Assert.Equal(1, (int?)byPicture.Json["hits"]![0]!["ranks"]!["picture"]);
        Assert.All(byPicture.Json["hits"]!.AsArray().Skip(1), static hit => Assert.Null(hit!["ranks"]!["picture"]));
        // By words alone, without parts.
        var reply = await Node.PostAsync("/v1/search", new JsonObject { ["text"] = "windmill", ["tenant"] = tenant });
        Assert.Equal("mill", (string?)reply.Json["hits"]![0]!["id"]);
        // What matched is shown: words with their text, pictures with what stands for them.
        var matches = reply.Json["hits"]![0]!["matches"]!.AsArray();
        Assert.Contains(matches, static m => ((string?)m!["text"])?.Contains("windmill", StringComparison.Ordinal) == true);
    }

    /// <summary>Of a reply that ends with a last chunk of its own, a gateway may get all and still not know.</summary>
    [Theory]
    [InlineData("/v1/search", """{"text":"windmill"}""", HttpStatusCode.OK)]
    [InlineData("/v1/search", """{"text":""}""", HttpStatusCode.BadRequest)]
    [InlineData("/v1/embeddings", """{"model":"uvlm-tiny","input":"windmill"}""", HttpStatusCode.OK)]
    [InlineData("/v1/chat/completions", """{"model":"uvlm-tiny","messages":[{"role":"user","content":"A windmill?"}],"max_tokens":2}""", HttpStatusCode.OK)]
    [InlineData("/v1/chat/completions", """{"model":"other","messages":[{"role":"user","content":"A windmill?"}]}""", HttpStatusCode.NotFound)]
    [InlineData("/v1/documents/none", null, HttpStatusCode.NotFound)]
    [InlineData("/v1/inbox/999999999", null, HttpStatusCode.NotFound)]
    public async Task Replies_come_in_one_piece_with_their_length(string path, string? body, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var reply = await Node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(status, reply.StatusCode);
        Assert.NotEqual(true, reply.Headers.TransferEncodingChunked);
        var length = reply.Content.Headers.ContentLength;
        Assert.Equal(length, (await reply.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Lists_weigh_what_the_models_ranking_says()
    {
        await PushAsync("harbour", Text("The lighthouse stands at the harbour."));
        await PushAsync("mill", Text("The windmill grinds corn."));
        await shared.UntilStoredAsync(tenant, 2);
        var ranking = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Uvlm.RepositoryRoot, "models", "uvlm-tiny", "ranking.json")))!;
        var (parts, documents, alignment) = ((double)ranking["part_weight"]!, (double)ranking["document_weight"]!, (double)ranking["alignment_weight"]!);
        Assert.Equal(3, ((double[])[parts, documents, alignment]).Distinct().Count());

        var hits = (await Node.PostAsync("/v1/search", new JsonObject { ["text"] = "windmill", ["tenant"] = tenant })).Json["hits"]!.AsArray();

        Assert.Equal(2, hits.Count);
        foreach (var hit in hits)
        {
            double Share(string list, double weight) => hit!["ranks"]![list] is { } rank ? weight / (60 + (int)rank) : 0;
            Assert.Equal(Share("part", parts) + Share("document", documents) + Share("text", 1) + Share("alignment", alignment), (double)hit!["score"]!, 1e-9);
        }
    }

    [Fact]
    public async Task K_limits_the_hits_and_has_limits_itself()
    {
        for (var i = 0; i < 3; i++)
            await PushAsync($"d{i}", Text($"Bridge number {i}."));
        await shared.UntilStoredAsync(tenant, 3);
        Assert.Equal(2, (await QuestionAsync("/v1/search", ("k", 2))).Json["hits"]!.AsArray().Count);
        Assert.Equal(3, (await QuestionAsync("/v1/search", ("k", 100))).Json["hits"]!.AsArray().Count);
        foreach (var k in (JsonNode[])[0, 101, -1, 1.5, "two", true])
            (await QuestionAsync("/v1/search", ("k", k))).AssertRefused(HttpStatusCode.BadRequest, "k");
        (await QuestionAsync("/v1/answer", ("max_tokens", 0))).AssertRefused(HttpStatusCode.BadRequest, "max_tokens");
        (await QuestionAsync("/v1/answer", ("max_tokens", 100_000))).AssertRefused(HttpStatusCode.BadRequest, "max_tokens");
    }

    [Theory]
    [InlineData("nonsense", "$")]
    [InlineData("[]", "$")]
    [InlineData("", "$")]
    [InlineData("{}", "parts")]
    [InlineData("""{"parts":[]}""", "parts")]
    [InlineData("""{"text":""}""", "text")]
    [InlineData("""{"text":1}""", "text")]
    [InlineData("""{"text":"a","parts":[{"type":"text","text":"a"}]}""", "parts")]
    [InlineData("""{"text":"a","quantity":1}""", "quantity")]
    [InlineData("""{"text":"a","tenant":""}""", "tenant")]
    [InlineData("""{"text":"a","tenant":7}""", "tenant")]
    [InlineData("""{"text":"a\u0000b"}""", "text")]
    [InlineData("""{"text":"a\ud800b"}""", "text")]
    [InlineData("""{"text":"a","tenant":"a\udc00"}""", "tenant")]
    [InlineData("""{"text":"a","\ud800":1}""", "$")]
    [InlineData("""{"parts":[{"type":"text","text":"a\ud800b"}]}""", "parts[0].text")]
    [InlineData("""{"parts":[{"type":"image","data":"AAAA"}]}""", "parts[0].data")]
    [InlineData("""{"parts":[{"type":"image","path":"/etc/passwd"}]}""", "parts[0].path")]
    [InlineData("""{"parts":[{"type":"image","url":"http://127.0.0.1/"}]}""", "parts[0].url")]
    public async Task A_question_that_is_none_is_refused_and_its_field_named(string body, string field)
    {
        foreach (var path in (string[])["/v1/search", "/v1/answer"])
            (await Node.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"))).AssertRefused(HttpStatusCode.BadRequest, field);
    }

    [Fact]
    public async Task A_picture_that_breaks_off_in_a_question_is_refused()
    {
        var cut = Pictures.Png(5)[..200];
        var body = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(cut) }), ["tenant"] = tenant };
        (await Node.PostAsync("/v1/search", body)).AssertRefused(HttpStatusCode.BadRequest, "parts[0].data");
    }

    [Fact]
    public async Task An_answer_is_evidence_then_tokens_then_done()
    {
        await PushAsync("harbour", Text("The lighthouse stands at the harbour."));
        await shared.UntilStoredAsync(tenant, 1);
        var events = await AnswerAsync("Where does the lighthouse stand?", maxTokens: 12);

        Assert.Equal("evidence", events[0].Name);
        Assert.Equal("harbour", events[0].Data.GetProperty("hits")[0].GetProperty("id").GetString());
        Assert.Equal("done", events[^1].Name);
        var between = events[1..^1];
        Assert.NotEmpty(between);
        Assert.All(between, static e => Assert.Contains(e.Name, (string[])["token", "citation"]));
        var tokens = between.Where(static e => e.Name == "token").Select(static e => e.Data.GetProperty("text").GetString()).ToList();
        var done = events[^1].Data;
        Assert.InRange(done.GetProperty("tokens").GetInt32(), 1, 12);
        Assert.Equal(string.Concat(tokens).Trim(), done.GetProperty("text").GetString()!.Trim());
        Assert.Contains(done.GetProperty("reason").GetString(), (string[])["complete", "length"]);
    }

    [Fact]
    public async Task The_same_key_takes_a_document_once_and_never_another()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var document = Document("once", Text("Sent twice."));
        var first = await Node.PostAsync("/v1/documents", document.DeepClone(), key);
        var second = await Node.PostAsync("/v1/documents", document.DeepClone(), key);
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.Status, second.Status));
        Assert.Equal((long)first.Json["position"]!, (long)second.Json["position"]!);
        Assert.Equal("once", (string?)second.Json["id"]);
        (await Node.PostAsync("/v1/documents", Document("other", Text("Under the same key.")), key)).AssertRefused(HttpStatusCode.Conflict, "headers.Idempotency-Key");
        Assert.Equal(1, await shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.inbox WHERE tenant = '{tenant}'"));
    }

    [Fact]
    public async Task A_tenant_never_finds_or_lists_what_is_anothers()
    {
        var other = $"o{Guid.NewGuid():N}";
        await PushAsync("mine", Text("The treasure map of tenant one."), Picture(9));
        var theirs = Document("theirs", Text("The treasure map of tenant two."), Picture(9));
        theirs["tenant"] = other;
        await Node.PushAsync(theirs);
        await shared.UntilStoredAsync(tenant, 1);
        await shared.UntilStoredAsync(other, 1);

        foreach (var question in (JsonObject[][])[[Text("treasure map")], [Picture(9)], [Picture(9), Text("treasure map of tenant two")]])
            Assert.Equal(["mine"], await SearchAsync(question));
        var answer = await AnswerAsync("treasure map of tenant two", maxTokens: 4);
        Assert.Equal(["mine"], answer[0].Data.GetProperty("hits").EnumerateArray().Select(static h => h.GetProperty("id").GetString()));
        Assert.Equal(["mine"], await ListAsync($"tenant={tenant}"));
        Assert.Equal(["theirs"], await ListAsync($"tenant={other}"));
        Assert.DoesNotContain("mine", await ListAsync(""));
        Assert.DoesNotContain("theirs", await ListAsync(""));
    }

    [Fact]
    public async Task The_listing_names_ids_and_versions_of_one_collection()
    {
        var document = Document("versioned", Text("With a version."));
        (document["version"], document["collection"]) = (42, "books");
        await Node.PushAsync(document);
        await PushAsync("elsewhere", Text("In the default collection."));
        await shared.UntilStoredAsync(tenant, 2);
        Assert.Equal("""[{"id":"versioned","version":42}]""", await Node.Http.GetStringAsync($"/v1/documents?tenant={tenant}&collection=books"));
        Assert.Equal(["elsewhere"], await ListAsync($"tenant={tenant}"));
        Assert.Empty(await ListAsync($"tenant={tenant}&collection=nothing"));
    }

    [Fact]
    public async Task A_cloud_event_deletes_what_another_brought()
    {
        var document = Document("event", Text("Here for a while."));
        document.Remove("tenant");
        document["tenant"] = tenant;
        document["version"] = 1;
        await PostEventAsync(new JsonObject { ["type"] = "com.unifiedvlm.document.upsert", ["data"] = document });
        await shared.UntilStoredAsync(tenant, 1);
        await PostEventAsync(new JsonObject { ["type"] = "com.unifiedvlm.document.delete", ["subject"] = "event", ["tenant"] = tenant, ["version"] = 2 });
        await shared.UntilStoredAsync(tenant, 0);
        Assert.Empty(await SearchAsync(Text("while")));
    }

    private async Task PostEventAsync(JsonObject attributes)
    {
        (attributes["specversion"], attributes["id"], attributes["source"]) = ("1.0", Guid.NewGuid().ToString(), "/tests");
        var reply = await Node.PostAsync("/v1/documents", new StringContent(attributes.ToJsonString(), Encoding.UTF8, "application/cloudevents+json"));
        Assert.True(reply.Status == HttpStatusCode.Accepted, reply.Body);
    }

    private Task<Reply> QuestionAsync(string path, (string Name, JsonNode Value) field)
        => Node.PostAsync(path, new JsonObject { ["text"] = "bridge", ["tenant"] = tenant, [field.Name] = field.Value });

    private async Task<List<string>> SearchAsync(params JsonObject[] parts)
    {
        var reply = await Node.PostAsync("/v1/search", new JsonObject { ["parts"] = new JsonArray([.. parts]), ["tenant"] = tenant });
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return [.. reply.Json["hits"]!.AsArray().Select(static hit => (string)hit!["id"]!)];
    }

    private async Task<List<(string Name, JsonElement Data)>> AnswerAsync(string question, int maxTokens)
    {
        var reply = await Node.PostAsync("/v1/answer", new JsonObject { ["text"] = question, ["tenant"] = tenant, ["max_tokens"] = maxTokens });
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (reply.Status, reply.MediaType));
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(reply.Body));
        return [.. SseParser.Create(body).Enumerate().Select(static item => (item.EventType, JsonElement.Parse(item.Data)))];
    }

    private async Task<List<string>> ListAsync(string query)
        => [.. JsonNode.Parse(await Node.Http.GetStringAsync($"/v1/documents?{query}"))!.AsArray().Select(static row => (string)row!["id"]!)];

    private Task PushAsync(string id, params JsonObject[] parts) => Node.PushAsync(Document(id, parts));

    private JsonObject Document(string id, params JsonObject[] parts) => new() { ["id"] = id, ["tenant"] = tenant, ["parts"] = new JsonArray([.. parts]) };

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonObject Picture(int seed) => new() { ["type"] = "image", ["data"] = Convert.ToBase64String(Pictures.Disc(seed)) };
}
