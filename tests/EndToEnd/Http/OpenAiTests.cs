using System.Net;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>The routes that OpenAI's clients call, as bytes on the wire; OpenAiClientTests drives them with the client itself.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class OpenAiTests(SharedNode shared)
{
    private const string Model = "uvlm-tiny";

    private ServingNode Node => shared.Node;

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        var list = await Node.GetJsonAsync("/v1/models");
        Assert.Equal(["uvlm-tiny", "uvlm-tiny:documents"], list["data"]!.AsArray().Select(static m => (string?)m!["id"]));
        Assert.Equal("model", (string?)(await Node.GetJsonAsync("/v1/models/uvlm-tiny"))["object"]);
        var reply = await Node.Http.GetAsync("/v1/models/gpt-4");
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("model_not_found", (string?)JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["error"]!["code"]);
    }

    [Fact]
    public async Task A_conversation_is_continued_alike_whole_and_in_a_stream()
    {
        var request = Chat(("max_tokens", 12), ("temperature", 0), ("logprobs", true));
        var whole = await Node.PostAsync("/v1/chat/completions", request);
        Assert.True(whole.Status == HttpStatusCode.OK, whole.Body);
        var choice = whole.Json["choices"]![0]!;
        var text = (string)choice["message"]!["content"]!;
        Assert.Equal(("assistant", "chat.completion"), ((string?)choice["message"]!["role"], (string?)whole.Json["object"]));
        Assert.Contains((string?)choice["finish_reason"], new[] { "stop", "length" });
        var tokens = (int)whole.Json["usage"]!["completion_tokens"]!;
        Assert.InRange(tokens, 1, 12);
        Assert.Equal((int)whole.Json["usage"]!["prompt_tokens"]! + tokens, (int)whole.Json["usage"]!["total_tokens"]!);
        Assert.Equal(tokens, choice["logprobs"]!["content"]!.AsArray().Count);
        Assert.All(choice["logprobs"]!["content"]!.AsArray(), static token => Assert.True((float)token!["logprob"]! <= 0));

        request["stream"] = true;
        request["stream_options"] = new JsonObject { ["include_usage"] = true };
        var stream = await Node.PostAsync("/v1/chat/completions", request);
        Assert.Equal("text/event-stream", stream.MediaType);
        var events = stream.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.All(events, static line => Assert.StartsWith("data: ", line, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        var chunks = events[..^1].Select(static line => JsonNode.Parse(line["data: ".Length..])!).ToArray();
        Assert.Equal("assistant", (string?)chunks[0]["choices"]![0]!["delta"]!["role"]);
        Assert.Equal(text, string.Concat(chunks[..^1].Select(static chunk => (string?)chunk["choices"]![0]!["delta"]!["content"])));
        Assert.Equal((string?)choice["finish_reason"], (string?)chunks[^2]["choices"]![0]!["finish_reason"]);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(tokens, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.Single(chunks.Select(static chunk => (string?)chunk["id"]).Distinct());
    }

    [Fact]
    public async Task A_picture_is_seen()
    {
        // The same words with and without the picture: the prompt grows by the picture's tokens.
        JsonNode Words() => new JsonObject { ["type"] = "text", ["text"] = "What is in the picture?" };
        var url = $"data:image/png;base64,{Convert.ToBase64String(Pictures.Png(1))}";
        var picture = new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = url } };
        var without = await Node.PostAsync("/v1/chat/completions", Chat(new JsonArray(Words()), ("max_tokens", 4)));
        var with = await Node.PostAsync("/v1/chat/completions", Chat(new JsonArray(picture, Words()), ("max_tokens", 4)));
        Assert.True(with.Status == HttpStatusCode.OK, with.Body);
        Assert.InRange((int)with.Json["usage"]!["prompt_tokens"]! - (int)without.Json["usage"]!["prompt_tokens"]!, 16, 18);
    }

    [Fact]
    public async Task Stored_documents_are_answered_from_and_cited()
    {
        var tenant = $"t{Guid.NewGuid():N}";
        await QuotedDocuments.PushAsync(shared, tenant);
        var (citations, answers) = (0, new List<string>());
        foreach (var question in QuotedDocuments.Questions)
        {
            var request = Chat(question, ("tenant", tenant), ("temperature", 0));
            request["model"] = Model + ":documents";
            var reply = await Node.PostAsync("/v1/chat/completions", request);
            Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
            Assert.InRange((int)reply.Json["usage"]!["prompt_tokens"]!, 20, 1000);
            var message = reply.Json["choices"]![0]!["message"]!;
            var text = (string)message["content"]!;
            answers.Add(text);
            var annotations = message["annotations"]?.AsArray() ?? [];
            citations += annotations.Count;
            foreach (var (i, citation) in annotations.Index())
            {
                Assert.Equal(("url_citation", i), ((string?)citation!["type"], (int)citation["index"]!));
                var url = citation["url_citation"]!;
                var (start, end) = ((int)url["start_index"]!, (int)url["end_index"]!);
                Assert.Equal($"[{(int)citation["number"]!}]", text[start..end]);
                Assert.Equal((int)citation["position"]!, start);
                Assert.Equal((string?)citation["document_id"], (string?)url["title"]);
                Assert.Equal((string?)citation["document_id"], (string?)(await Node.GetJsonAsync((string)url["url"]!))["document"]!["id"]);
            }

            request["stream"] = true;
            var events = (await Node.PostAsync("/v1/chat/completions", request)).Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            var told = events[..^1].Select(static line => JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!["delta"]!["annotations"]).Where(static list => list is not null);
            Assert.True(JsonNode.DeepEquals(message["annotations"], told.SingleOrDefault()));
        }

        Assert.True(citations > 0, string.Join('\n', answers));
    }

    [Fact]
    public async Task Embeddings_come_as_floats_and_as_base64_of_texts_pictures_and_documents()
    {
        var picture = new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(Pictures.Png(1)) };
        var text = new JsonObject { ["type"] = "text", ["text"] = "A cat." };
        JsonArray Input() => ["A cat.", new JsonObject { ["parts"] = new JsonArray(picture.DeepClone(), text.DeepClone()) }, "A cat."];
        var floats = await EmbedAsync(new JsonObject { ["model"] = Model, ["input"] = Input() });
        var vectors = floats["data"]!.AsArray().Select(static d => d!["embedding"]!.AsArray().Select(static v => (float)v!).ToArray()).ToArray();
        Assert.Equal(3, vectors.Length);
        Assert.All(vectors, static v => Assert.Equal(1, v.Sum(static x => x * x), 1e-3));
        Assert.Equal(1, vectors[0].Zip(vectors[2], static (a, b) => a * b).Sum(), 1e-4);
        Assert.NotEqual(1, vectors[0].Zip(vectors[1], static (a, b) => a * b).Sum(), 1e-3);
        Assert.True((int)floats["usage"]!["prompt_tokens"]! > 20);

        var encoded = await EmbedAsync(new JsonObject { ["model"] = Model, ["input"] = Input(), ["encoding_format"] = "base64" });
        var bytes = Convert.FromBase64String((string)encoded["data"]![1]!["embedding"]!);
        Assert.Equal(1, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray().Zip(vectors[1], static (a, b) => a * b).Sum(), 1e-4);

        var shorter = await EmbedAsync(new JsonObject { ["model"] = Model, ["input"] = "A cat.", ["dimensions"] = 64 });
        var kept = shorter["data"]![0]!["embedding"]!.AsArray().Select(static v => (float)v!).ToArray();
        Assert.Equal((64, 1.0), (kept.Length, Math.Round(kept.Sum(static x => x * x), 3)));
    }

    [Theory]
    [InlineData("/v1/rerank", null)]
    [InlineData("/v1/rerank", true)]
    [InlineData("/v2/rerank", false)]
    [InlineData("/v2/rerank", true)]
    public async Task Documents_are_put_into_the_order_of_their_likeness(string path, bool? withDocuments)
    {
        var reply = await Node.PostAsync(path, new JsonObject
        {
            ["model"] = Model,
            ["query"] = "A red apple on a table.",
            ["documents"] = new JsonArray("Two trains at night.", new JsonObject { ["text"] = "A red apple on a table." }, "Snow."),
            ["top_n"] = 2,
            ["return_documents"] = withDocuments,
            ["max_tokens_per_doc"] = null,
        });
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        var results = reply.Json["results"]!.AsArray();
        Assert.Equal((2, 1), (results.Count, (int)results[0]!["index"]!));
        Assert.True((float)results[0]!["relevance_score"]! > (float)results[1]!["relevance_score"]!);
        Assert.Equal(withDocuments == true ? "A red apple on a table." : null, (string?)results[0]!["document"]?["text"]);
    }

    [Theory]
    [InlineData("n", "2")]
    [InlineData("tools", """[{"type":"function","function":{"name":"f"}}]""")]
    [InlineData("top_logprobs", "3")]
    [InlineData("response_format.type", """{"type":"json_object"}""")]
    [InlineData("temperature", "3")]
    [InlineData("max_tokens", "0")]
    [InlineData("stop[0]", "[\"\"]")]
    [InlineData("response_format.type", "{}")]
    [InlineData("response_format", "\"json_object\"")]
    [InlineData("tools", """{"type":"function"}""")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("seed", "\"one\"")]
    [InlineData("logit_bias", "{}")]
    [InlineData("messages", "[]")]
    [InlineData("messages[0].role", """[{"role":"tool","content":"x"}]""")]
    [InlineData("messages[0].content", """[{"role":"user"}]""")]
    [InlineData("messages[0].content[0].type", """[{"role":"user","content":[{"type":"input_audio"}]}]""")]
    [InlineData("messages[0].content[0].image_url.url", """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}]""")]
    [InlineData("messages[0].content[0].image_url.url", """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,!!"}}]}]""")]
    [InlineData("messages[0].content[0].image_url.url", """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]""")]
    public async Task What_is_not_supported_or_wrong_is_refused_by_name(string field, string value)
    {
        var request = Chat("Hello");
        request[field.Split('.', '[')[0]] = JsonNode.Parse(value);
        var reply = await Node.PostAsync("/v1/chat/completions", request);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal((field, "invalid_request_error"), ((string?)reply.Json["error"]!["param"], (string?)reply.Json["error"]!["type"]));
        Assert.Contains(field, (string)reply.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_asks_for_nothing_is_passed_over()
    {
        var request = Chat(("max_tokens", 2), ("seed", -1), ("tools", new JsonArray()), ("tool_choice", "auto"));
        request["logit_bias"] = null;
        var reply = await Node.PostAsync("/v1/chat/completions", request);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
    }

    [Theory]
    [InlineData("/v1/embeddings", """{"model":"uvlm-tiny","input":[[1,2]]}""", "input[0]")]
    [InlineData("/v1/embeddings", """{"model":"uvlm-tiny","input":[]}""", "input")]
    [InlineData("/v1/embeddings", """{"model":"uvlm-tiny","input":"a","dimensions":100000}""", "dimensions")]
    [InlineData("/v1/embeddings", """{"model":"uvlm-tiny","input":"a","encoding_format":"int8"}""", "encoding_format")]
    [InlineData("/v1/embeddings", """{"input":"a"}""", "model")]
    [InlineData("/v1/embeddings", """{"model":"uvlm-tiny","input":[{"text":"a cat","image":"data:image/png;base64,AAAA"}]}""", "input[0].image")]
    [InlineData("/v2/rerank", """{"model":"uvlm-tiny","query":"a","documents":["b"],"max_tokens_per_doc":100}""", "max_tokens_per_doc")]
    [InlineData("/v1/rerank", """{"model":"uvlm-tiny","query":"a","documents":[]}""", "documents")]
    [InlineData("/v1/rerank", """{"model":"uvlm-tiny","documents":["a"]}""", "query")]
    [InlineData("/v1/rerank", """{"model":"uvlm-tiny","query":"a","documents":[{"parts":[]}]}""", "documents[0].parts")]
    public async Task Wrong_embedding_and_rerank_requests_are_refused_by_name(string path, string body, string field)
    {
        var reply = await Node.PostAsync(path, JsonNode.Parse(body)!);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(field, (string?)reply.Json["error"]!["param"]);
    }

    private async Task<JsonObject> EmbedAsync(JsonObject request)
    {
        var reply = await Node.PostAsync("/v1/embeddings", request);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return reply.Json;
    }

    private static JsonObject Chat(params (string Name, JsonNode Value)[] fields) => Chat("Hello there.", fields);

    private static JsonObject Chat(JsonNode content, params (string Name, JsonNode Value)[] fields)
    {
        var request = new JsonObject { ["model"] = Model, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }) };
        foreach (var (name, value) in fields)
            request[name] = value;
        return request;
    }
}
