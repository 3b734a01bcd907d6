using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>What is refused before a route reads it is told of in the same form as everything else, and nothing that was asked for is passed over in silence.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class RefusalTests(SharedNode shared)
{
    private readonly string tenant = $"t{Guid.NewGuid():N}";

    private ServingNode Node => shared.Node;

    [Theory]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/v1/inbox/abc", 404)]
    [InlineData("GET", "/v1/inbox/99999999999999999999", 404)]
    [InlineData("DELETE", "/v1/subscriptions/x", 404)]
    [InlineData("PUT", "/v1/search", 405)]
    [InlineData("DELETE", "/v1/documents/x?version=x", 400, "version")]
    [InlineData("DELETE", "/v1/documents/x?erase=maybe", 400, "erase")]
    [InlineData("DELETE", "/v1/documents/x?earse=true", 400, "earse")]
    [InlineData("DELETE", "/v1/documents/x?collection=old", 400, "collection")]
    [InlineData("DELETE", "/v1/documents/x?tenant=a&tenant=b", 400, "tenant")]
    [InlineData("GET", "/v1/inbox/1?tennant=a", 400, "tennant")]
    [InlineData("GET", "/v1/subscriptions?tennant=a", 400, "tennant")]
    [InlineData("DELETE", "/v1/subscriptions/0198c2f4-0000-7000-8000-000000000000?tennant=a", 400, "tennant")]
    [InlineData("GET", "/v1/blobs/0000000000000000000000000000000000000000000000000000000000000000?tennant=a", 400, "tennant")]
    public async Task A_refusal_of_the_routing_has_a_body_too(string method, string path, int status, string? field = null)
    {
        var reply = await SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((HttpStatusCode)status, reply.Status);
        Assert.Equal("application/problem+json", reply.MediaType);
        Assert.Equal((status, field), ((int)reply.Json["status"]!, (string?)reply.Json["field"]));
        Assert.NotEmpty((string)reply.Json["detail"]!);
    }

    [Theory]
    [InlineData("POST", "/v1/responses", 404)]
    [InlineData("GET", "/v1/files", 404)]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("PUT", "/v1/embeddings", 405)]
    [InlineData("GET", "/v2/rerank", 405)]
    public async Task Where_OpenAIs_clients_ask_a_refusal_of_the_routing_is_told_as_they_read_it(string method, string path, int status)
    {
        var reply = await SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((HttpStatusCode)status, reply.Status);
        Assert.Equal("application/json", reply.MediaType);
        Assert.Contains(path, (string)reply.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/chat/completions", "application/x-www-form-urlencoded", "model")]
    [InlineData("/v1/embeddings", "text/plain", "model")]
    [InlineData("/v2/rerank", "application/octet-stream", "query")]
    public async Task A_body_is_read_there_whatever_it_is_called(string path, string contentType, string param)
    {
        var reply = await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}", Encoding.UTF8, contentType) });
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(param, (string?)reply.Json["error"]!["param"]);
    }

    [Theory]
    [InlineData("/v1/documents")]
    [InlineData("/v1/embeddings")]
    public async Task A_compressed_body_is_refused_and_not_taken_for_another(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(new JsonObject { ["id"] = "zip" }) };
        request.Content.Headers.ContentEncoding.Add("gzip");
        var reply = await SendAsync(request);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, reply.Status);
        Assert.Contains("Content-Encoding", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    public async Task Without_keys_pages_of_others_may_not_write(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = new ByteArrayContent("{\"id\": \"planted\", \"parts\": [{\"type\": \"text\", \"text\": \"x\"}]}"u8.ToArray()) };
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(request)).Status);
    }

    [Fact]
    public async Task Health_is_asked_for_by_HEAD_too()
    {
        foreach (var path in (string[])["/health", "/alive"])
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(new HttpRequestMessage(HttpMethod.Head, path))).Status);
    }

    [Theory]
    [InlineData("/v1/answer", """{"text":"x","k":17}""", "k")]
    [InlineData("/v1/search", """{"text":"x","candidates":1001}""", "candidates")]
    [InlineData("/v1/search", """{"text":"x","ef_search":5000}""", "ef_search")]
    [InlineData("/v1/search?tennant=a", """{"text":"x"}""", "tennant")]
    [InlineData("/v1/documents?tennant=a", """{"id":"x","parts":[{"type":"text","text":"x"}]}""", "tennant")]
    [InlineData("/v1/blobs?tennant=a", "{}", "tennant")]
    [InlineData("/v1/subscriptions?tennant=a", """{"text":"x","threshold":0.5}""", "tennant")]
    [InlineData("/v1/search?tenant=!!", """{"text":"x"}""", "tenant")]
    [InlineData("/v1/documents", """{"id":"..","parts":[{"type":"text","text":"x"}]}""", "id")]
    public async Task What_is_beyond_a_limit_is_named_as_its_sender_calls_it(string path, string body, string field)
    {
        var reply = await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        reply.AssertRefused(HttpStatusCode.BadRequest, field);
        Assert.DoesNotContain("Parameter '", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tenant_of_the_URL_is_whose_a_body_is()
    {
        const string Document = """{"id":"here","parts":[{"type":"text","text":"A zyxglorp hums."}]}""";
        var pushed = await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/documents?tenant={tenant}") { Content = new StringContent(Document, Encoding.UTF8, "application/json") });
        Assert.Equal(HttpStatusCode.Accepted, pushed.Status);
        await shared.UntilStoredAsync(tenant, 1);

        var found = await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/search?tenant={tenant}") { Content = new StringContent("""{"text":"zyxglorp"}""", Encoding.UTF8, "application/json") });
        Assert.Equal("here", (string?)Assert.Single(found.Json["hits"]!.AsArray())!["id"]);

        var another = Document.Replace("{\"id\"", "{\"tenant\":\"another\",\"id\"", StringComparison.Ordinal);
        var refused = await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/documents?tenant={tenant}") { Content = new StringContent(another, Encoding.UTF8, "application/json") });
        Assert.Equal(HttpStatusCode.Forbidden, refused.Status);
    }

    [Fact]
    public async Task A_part_is_found_by_a_word_that_every_compared_part_has()
    {
        var lone = """{"id":"lone","parts":[{"type":"text","text":"Turn the zyxglorp clockwise before opening the hatch."}]}""";
        var others = Enumerable.Range(0, 12).Select(static i => $$"""{"id":"other{{i}}","parts":[{"type":"text","text":"Chapter {{i}} is about gardens and the tools for them."}]}""");
        var lines = string.Join('\n', others.Prepend(lone));
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/documents?tenant={tenant}") { Content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson") });
        await shared.UntilStoredAsync(tenant, 13);

        var body = $$"""{"text":"zyxglorp","mode":"parts","k":3,"tenant":"{{tenant}}"}""";
        var found = await SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/search") { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        Assert.Equal("lone", (string?)found.Json["parts"]![0]!["id"]);
    }

    [Fact]
    public async Task Numbers_of_metadata_come_back_as_they_can_be_pushed_again()
    {
        const string Numbers = """{"big":1e300,"small":5e-324,"exact":12345678901234567890.12345678}""";
        var document = $$"""{"id":"numbers","metadata":{{Numbers}},"parts":[{"type":"text","text":"x"}]}""";
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/documents?tenant={tenant}") { Content = new StringContent(document, Encoding.UTF8, "application/json") });
        await shared.UntilStoredAsync(tenant, 1);

        var read = (await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/v1/documents/numbers?tenant={tenant}"))).Json["document"]!;
        Assert.Contains("12345678901234567890.12345678", read.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((1e300, 5e-324), ((double)read["metadata"]!["big"]!, (double)read["metadata"]!["small"]!));
        var again = await SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/documents?tenant={tenant}") { Content = JsonContent.Create(read) });
        Assert.True(again.Status == HttpStatusCode.Accepted, again.Body);
        Assert.Equal("unchanged", (string?)(await Node.OutcomeAsync((string)again.Json["statusUrl"]!))["status"]);
    }

    private async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (var response = await Node.Http.SendAsync(request))
            return new Reply(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }
}
