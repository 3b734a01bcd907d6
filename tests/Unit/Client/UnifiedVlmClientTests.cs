using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using UnifiedVlm.Client;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Client;

public sealed class UnifiedVlmClientTests
{
    private const string Accepted = """{"id":"a","position":7,"statusUrl":"/v1/inbox/7?tenant=acme"}""";

    private static readonly InterleavedDocument Document = new() { Id = "a", Parts = [new TextPart("one"), new ImagePart(new InlineImage(new byte[] { 1, 2 }))] };

    [Fact]
    public async Task A_push_is_repeated_under_one_key_until_it_is_taken()
    {
        var server = new FakeServer(
            FakeServer.Unreachable(), FakeServer.Json("{}", HttpStatusCode.ServiceUnavailable), FakeServer.Json("", HttpStatusCode.TooManyRequests, TimeSpan.FromMilliseconds(1)), FakeServer.Json(Accepted, HttpStatusCode.Accepted));
        var receipt = await Client(server, new() { Tenant = "acme", ApiKey = "secret", RetryDelay = TimeSpan.FromMilliseconds(1) }).PushAsync(Document);
        Assert.Equal(new PushReceipt("a", 7, "/v1/inbox/7?tenant=acme"), receipt);
        Assert.Equal(4, server.Asked.Count);
        Assert.Single(server.Asked.Select(static asked => asked.Key).Distinct());
        Assert.All(server.Asked, static asked =>
        {
            Assert.Equal(("acme", "Bearer secret"), ((string?)JsonNode.Parse(asked.Body)!["tenant"], asked.Authorization));
            Assert.NotNull(asked.Key);
        });
    }

    [Fact]
    public async Task Without_a_tenant_none_is_named_so_that_it_is_the_keys()
    {
        var server = new FakeServer(FakeServer.Json(Accepted, HttpStatusCode.Accepted), FakeServer.Json("""{"hits":[],"candidates":0,"timings":{}}"""));
        using var client = Client(server, new() { ApiKey = "secret" });
        await client.PushAsync(Document);
        await client.SearchAsync(new SearchQuery("cats"));
        Assert.All(server.Asked, static asked => Assert.DoesNotContain("tenant", asked.Body, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("acme", 7L, "/v1/documents/manuals%2Fpump%207?tenant=acme&version=7")]
    [InlineData(null, 7L, "/v1/documents/manuals%2Fpump%207?version=7")]
    [InlineData("acme", null, "/v1/documents/manuals%2Fpump%207?tenant=acme")]
    [InlineData(null, null, "/v1/documents/manuals%2Fpump%207")]
    public async Task A_deletion_is_repeated_under_one_key_until_it_is_taken(string? tenant, long? version, string path)
    {
        var server = new FakeServer(FakeServer.Json("{}", HttpStatusCode.ServiceUnavailable), FakeServer.Json(Accepted, HttpStatusCode.Accepted));
        var receipt = await Client(server, new() { Tenant = tenant, RetryDelay = TimeSpan.FromMilliseconds(1) }).DeleteAsync("manuals/pump 7", version);
        Assert.Equal(7, receipt.Position);
        Assert.Equal(2, server.Asked.Count);
        Assert.Single(server.Asked.Select(static asked => asked.Key).Distinct());
        Assert.All(server.Asked, asked =>
        {
            Assert.Equal((HttpMethod.Delete, path, ""), (asked.Method, asked.Path, asked.Body));
            Assert.NotNull(asked.Key);
        });
    }

    [Fact]
    public async Task A_refusal_is_not_repeated_and_names_the_field()
    {
        var server = new FakeServer(FakeServer.Json("""{"title":"no","detail":"parts[1].data: is cut short","field":"parts[1].data"}""", HttpStatusCode.BadRequest));
        var refused = await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(server).PushAsync(Document));
        Assert.Equal((HttpStatusCode.BadRequest, "parts[1].data", "parts[1].data: is cut short"), (refused.Status, refused.Field, refused.Message));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Tries_and_patience_have_an_end()
    {
        var away = new FakeServer(FakeServer.Json("<html>bad gateway</html>", HttpStatusCode.BadGateway));
        var options = new UnifiedVlmClientOptions { Retries = 2, RetryDelay = TimeSpan.FromMilliseconds(1) };
        Assert.Equal(HttpStatusCode.BadGateway, (await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(away, options).PushAsync(Document))).Status);
        Assert.Equal(3, away.Asked.Count);

        var busy = new FakeServer(FakeServer.Json("{}", HttpStatusCode.TooManyRequests, TimeSpan.FromHours(1)));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(busy).PushAsync(Document));
        Assert.Single(busy.Asked);
    }

    [Fact]
    public async Task What_became_of_a_push_can_be_asked()
    {
        var server = new FakeServer(FakeServer.Json("""{"position":7,"id":"a","status":"dead","receivedAt":"2026-01-01T00:00:00Z","dead":{"number":3,"reason":"broken","field":"parts[0]"}}"""));
        var status = await Client(server).GetStatusAsync(new PushReceipt("a", 7, "/v1/inbox/7?tenant=acme"), TimeSpan.FromSeconds(5));
        Assert.Equal(new PushStatus(7, "a", "dead", null, new DeadDocument(3, "broken", "parts[0]", null)), status);
        Assert.True(status.IsDecided);
        Assert.Equal("/v1/inbox/7?tenant=acme&wait=5", server.Asked[0].Path);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(500, 1)]
    [InlineData(29_001, 30)]
    [InlineData(3_600_000, 30)]
    public async Task A_wait_is_rounded_up_and_no_longer_than_the_server_takes(int milliseconds, int seconds)
    {
        var server = new FakeServer(FakeServer.Json("""{"position":7,"status":"received"}"""));
        await Client(server).GetStatusAsync(new PushReceipt("a", 7, "/v1/inbox/7"), TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal($"/v1/inbox/7?wait={seconds}", server.Asked[0].Path);
    }

    [Theory]
    [InlineData("https://host/uvlm")]
    [InlineData("https://host/uvlm/")]
    public async Task An_address_may_have_a_path_below_which_the_server_is(string address)
    {
        var server = new FakeServer(FakeServer.Json(Accepted, HttpStatusCode.Accepted), FakeServer.Json("""{"position":7,"status":"received"}"""), FakeServer.Json("""{"hits":[]}"""), FakeServer.Json("{}"));
        var client = new UnifiedVlmClient(new HttpClient(server) { BaseAddress = new Uri(address) });
        await client.GetStatusAsync(await client.PushAsync(Document));
        await client.SearchAsync(new SearchQuery("cats"));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => client.AsChatClient("m").GetResponseAsync("Hello?"));
        await Assert.ThrowsAsync<UnifiedVlmException>(() => client.AsEmbeddingGenerator("m").GenerateAsync(["cats"]));
        Assert.Equal(
            ["/uvlm/v1/documents", "/uvlm/v1/inbox/7?tenant=acme&wait=0", "/uvlm/v1/search", "/uvlm/v1/chat/completions", "/uvlm/v1/embeddings"],
            server.Asked.Select(static asked => asked.Path));
    }

    [Fact]
    public async Task A_search_sends_its_parts_and_reads_hits()
    {
        var server = new FakeServer(FakeServer.Json("""
            {"hits":[{"id":"a","collection":"c","title":"T","version":3,"score":0.5,"alignment":-0.1,"ranks":{},"matches":[{"queryPart":0,"documentPart":2,"similarity":0.9,"alt":"cat"}]}],"candidates":1,"timings":{}}
            """));
        var hit = Assert.Single((await Client(server, new() { Tenant = "acme" }).SearchAsync(new SearchQuery("cats") { Collection = "c", Filter = "lang = \"de\"", K = 3 })).Hits);
        Assert.Equal(("a", "T", 3L, 0.5), (hit.Id, hit.Title, hit.Version, hit.Score));
        Assert.Equal(new PartMatch(0, 2, 0.9f, null, "cat"), Assert.Single(hit.Matches));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"parts":[{"type":"text","text":"cats"}],"tenant":"acme","collection":"c","filter":"lang = \"de\"","k":3}"""), JsonNode.Parse(server.Asked[0].Body)));
    }

    [Fact]
    public async Task An_answer_streams_and_its_failure_is_an_exception()
    {
        var server = new FakeServer(FakeServer.Events("""
            event: evidence
            data: {"hits":[],"timings":{}}

            event: token
            data: {"text":"See ","logProbability":-0.5}

            event: citation
            data: {"number":1,"documentId":"a","position":4}

            event: something-new
            data: {}

            event: done
            data: {"text":"See [1]","tokens":2,"reason":"complete"}


            """.Replace("\r", "", StringComparison.Ordinal)));
        var updates = new List<AnswerUpdate>();
        await foreach (var update in Client(server).AnswerAsync(new SearchQuery("where?")))
            updates.Add(update);
        Assert.Equal([typeof(AnswerEvidence), typeof(AnswerText), typeof(AnswerCitation), typeof(AnswerEnd)], updates.Select(static u => u.GetType()));
        Assert.Equal(new AnswerEnd("See [1]", 2, "complete"), updates[^1]);

        var broken = new FakeServer(FakeServer.Events("event: error\ndata: {\"title\":\"t\",\"detail\":\"the device is gone\"}\n\n"));
        var failure = await Assert.ThrowsAsync<UnifiedVlmException>(async () =>
        {
            await foreach (var _ in Client(broken).AnswerAsync(new SearchQuery("where?")))
            {
            }
        });
        Assert.Equal("the device is gone", failure.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_ends_or_breaks_before_its_end_is_told_of(bool breaks)
    {
        const string Begin = "event: token\ndata: {\"text\":\"See \"}\n\n";
        var texts = new List<string>();
        var failure = await Assert.ThrowsAsync<UnifiedVlmException>(async () =>
        {
            await foreach (var update in Client(new FakeServer(breaks ? FakeServer.Broken(Begin) : FakeServer.Events(Begin))).AnswerAsync(new SearchQuery("where?")))
                texts.Add(((AnswerText)update).Text);
        });
        Assert.Equal(["See "], texts);
        Assert.Equal("The stream broke off before its end.", failure.Message);
        Assert.Equal(breaks, failure.InnerException is IOException);

        const string Chat = "data: {\"id\":\"x\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
        await Assert.ThrowsAsync<UnifiedVlmException>(
            () => Client(new FakeServer(FakeServer.Broken(Chat))).AsChatClient("m").GetStreamingResponseAsync("Hello?").ToChatResponseAsync());
        await Assert.ThrowsAsync<UnifiedVlmException>(() => Client(new FakeServer(FakeServer.Broken("{\"hits\":"))).SearchAsync(new SearchQuery("where?")));
    }

    [Fact]
    public async Task Options_may_be_used_for_the_next_request_too()
    {
        var server = new FakeServer(FakeServer.Json("""
            {"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}
            """));
        using var chat = Client(server).AsChatClient("m");
        var options = new ChatOptions { AdditionalProperties = new() { ["metadata"] = new JsonObject { ["a"] = 1 } } };
        await chat.GetResponseAsync("Hello?", options);
        await chat.GetResponseAsync("Hello?", options);
        Assert.Equal(server.Asked[0].Body, server.Asked[1].Body);
        Assert.Contains("\"metadata\":{\"a\":1}", server.Asked[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversation_is_written_as_the_server_reads_it()
    {
        var server = new FakeServer(FakeServer.Json("""
            {"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}
            """));
        using var chat = Client(server).AsChatClient("m");
        var response = await chat.GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new TextContent("What?"), new DataContent(new byte[] { 1 }, "image/png")])],
            new ChatOptions { Instructions = "Be brief.", MaxOutputTokens = 9, Temperature = 0, StopSequences = ["END"], AdditionalProperties = new() { ["min_p"] = 0.5 } });
        Assert.Equal(("Hi", ChatFinishReason.Length, 2L), (response.Text, response.FinishReason, response.Usage!.OutputTokenCount));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                {"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQ=="}}]}],
                 "max_tokens":9,"temperature":0,"stop":["END"],"min_p":0.5}
                """),
            JsonNode.Parse(server.Asked[0].Body)), server.Asked[0].Body);
        Assert.Equal("m", ((ChatClientMetadata)chat.GetService(typeof(ChatClientMetadata))!).DefaultModelId);
    }

    [Fact]
    public async Task What_an_answer_cites_is_told_alike_whole_and_in_a_stream()
    {
        const string Annotations = """
            [{"type":"url_citation","index":0,"url_citation":{"start_index":4,"end_index":10,"url":"/v1/documents/a","title":"Apples"},"number":1,"document_id":"a","position":4},{"type":"url_citation","index":1,"url_citation":{"start_index":4,"end_index":10,"url":"/v1/documents/b","title":"b"},"number":3,"document_id":"b","position":4}]
            """;
        var whole = FakeServer.Json($$"""{"id":"x","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"See [1, 3]","annotations":{{Annotations}}},"finish_reason":"stop"}]}""");
        var streamed = FakeServer.Events($$"""
            data: {"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"See [1, 3]"},"finish_reason":null}]}

            data: {"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{"annotations":{{Annotations}}},"finish_reason":"stop"}]}

            data: [DONE]


            """);
        foreach (var response in new[]
            {
                await Client(new FakeServer(whole)).AsChatClient("m").GetResponseAsync("Where?"),
                await Client(new FakeServer(streamed)).AsChatClient("m").GetStreamingResponseAsync("Where?").ToChatResponseAsync(),
            })
        {
            Assert.Equal(("See [1, 3]", ChatFinishReason.Stop), (response.Text, response.FinishReason));
            var cited = response.Messages.Single().Contents.SelectMany(static content => content.Annotations ?? []).Cast<CitationAnnotation>();
            Assert.Equal(
                [("a", "Apples", 1, 4), ("b", "b", 3, 4)],
                cited.Select(static citation => (citation.FileId!, citation.Title!, (int)citation.AdditionalProperties!["number"]!, (int)citation.AdditionalProperties["position"]!)));
        }
    }

    [Fact]
    public async Task A_streamed_conversation_ends_with_its_mark_or_is_broken()
    {
        const string Begin = """
            data: {"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

            data: {"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}


            """;
        const string End = """
            data: {"id":"x","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"id":"x","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}

            data: [DONE]


            """;
        var response = await Client(new FakeServer(FakeServer.Events(Begin + End))).AsChatClient("m").GetStreamingResponseAsync("Hello?").ToChatResponseAsync();
        Assert.Equal(("Hi", ChatFinishReason.Stop, 4L), (response.Text, response.FinishReason, response.Usage!.TotalTokenCount));
        await Assert.ThrowsAsync<UnifiedVlmException>(
            () => Client(new FakeServer(FakeServer.Events(Begin))).AsChatClient("m").GetStreamingResponseAsync("Hello?").ToChatResponseAsync());
    }

    [Fact]
    public async Task Embeddings_are_asked_for_in_requests_that_the_server_takes()
    {
        static string Reply(int count) => new JsonObject
        {
            ["model"] = "m",
            ["data"] = new JsonArray([.. Enumerable.Range(0, count).Select(static i => (JsonNode)new JsonObject { ["index"] = i, ["embedding"] = "AACAPwAAAAA=" })]),
            ["usage"] = new JsonObject { ["prompt_tokens"] = count, ["total_tokens"] = count },
        }.ToJsonString();
        var server = new FakeServer(FakeServer.Json(Reply(256)), FakeServer.Json(Reply(44)));
        var embeddings = await Client(server).AsEmbeddingGenerator("m").GenerateAsync(Enumerable.Range(0, 300).Select(static i => $"text {i}"));
        Assert.Equal((300, 300L), (embeddings.Count, embeddings.Usage!.TotalTokenCount));
        Assert.Equal([1f, 0f], embeddings[299].Vector.ToArray());
        Assert.Equal("text 299", (string?)JsonNode.Parse(server.Asked[1].Body)!["input"]![43]);

        var documents = new FakeServer(FakeServer.Json(Reply(1)));
        await Client(documents).AsDocumentEmbeddingGenerator("m").GenerateAsync([Document]);
        Assert.Equal("image", (string?)JsonNode.Parse(documents.Asked[0].Body)!["input"]![0]!["parts"]![1]!["type"]);
    }

    [Fact]
    public async Task What_the_server_does_not_do_is_said_before_it_is_asked()
    {
        using var chat = Client(new FakeServer(FakeServer.Json("{}"))).AsChatClient("m");
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync("x", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync("x", new ChatOptions { Tools = [AIFunctionFactory.Create(static () => 1)] }));
        await Assert.ThrowsAsync<NotSupportedException>(() => chat.GetResponseAsync([new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "audio/wav")])]));
    }

    private static UnifiedVlmClient Client(FakeServer server, UnifiedVlmClientOptions? options = null) =>
        new(new HttpClient(server) { BaseAddress = new Uri("http://server") }, options);
}
