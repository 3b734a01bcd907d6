using System.Net;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>What a node serves beside its interface.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class StaticPageTests(SharedNode shared)
{
    [Theory]
    [InlineData("/", "text/html", "/page/main.js")]
    [InlineData("/page/style.css", "text/css", "{")]
    [InlineData("/page/main.js", "text/javascript", "./search.js")]
    [InlineData("/page/icon.svg", "image/svg+xml", "<svg")]
    [InlineData("/docs", "text/html", "docs.js")]
    [InlineData("/docs.js", "text/javascript", "/openapi/v1.json")]
    public async Task Pages_come_with_the_program(string path, string mediaType, string fragment)
    {
        using var response = await shared.Node.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(mediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains(fragment, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);

        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var unchanged = await shared.Node.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task The_description_of_the_interface_names_every_route()
    {
        var description = await shared.Node.GetJsonAsync("/openapi/v1.json");
        var routes = description["paths"]!.AsObject().SelectMany(static path => path.Value!.AsObject().Select(method => $"{method.Key} {path.Key}")).Order(StringComparer.Ordinal);
        Assert.Equal(
            [
                "delete /v1/dead-letters", "delete /v1/dead-letters/{id}", "delete /v1/documents/{id}", "delete /v1/subscriptions/{id}", "get /alive", "get /health", "get /v1/blobs/{sha256}", "get /v1/collections", "get /v1/dead-letters",
                "get /v1/dead-letters/{id}", "get /v1/documents", "get /v1/documents/{id}", "get /v1/inbox/{position}", "get /v1/models", "get /v1/models/{model}", "get /v1/status", "get /v1/subscriptions", "head /alive", "head /health", "head /v1/blobs/{sha256}", "post /v1/answer", "post /v1/blobs",
                "post /v1/chat/completions", "post /v1/dead-letters/replay", "post /v1/dead-letters/{id}/replay", "post /v1/documents", "post /v1/embeddings", "post /v1/rerank", "post /v1/search", "post /v1/subscriptions",
                "post /v2/rerank",
            ],
            routes);
        var parameters = description["paths"]!["/v1/dead-letters"]!["get"]!["parameters"]!.AsArray();
        Assert.Equal(
            ["tenant string", "reason string", "stage string", "topic string", "document string", "from string", "to string", "first integer", "last integer", "after integer", "limit integer"],
            parameters.Select(static p => $"{p!["name"]} {p["schema"]!["type"]}"));
    }

    /// <summary>Each field that the description names is one that the route's reader knows: both are made from one list.</summary>
    [Theory]
    [InlineData("/v1/search", "filter", "")]
    [InlineData("/v1/answer", "max_tokens", "")]
    [InlineData("/v1/subscriptions", "alignment", "threshold")]
    [InlineData("/v1/chat/completions", "temperature", "messages model")]
    [InlineData("/v1/embeddings", "dimensions", "input model")]
    [InlineData("/v1/rerank", "top_n", "documents model query")]
    [InlineData("/v2/rerank", "return_documents", "documents model query")]
    public async Task The_description_says_what_a_body_holds(string path, string field, string needed)
    {
        var description = await shared.Node.GetJsonAsync("/openapi/v1.json");
        foreach (var (type, content) in description["paths"]![path]!["post"]!["requestBody"]!["content"]!.AsObject())
        {
            var schema = content!["schema"]!;
            Assert.Equal("object", (string?)schema["type"]);
            Assert.NotNull(schema["properties"]![field]!["description"]);
            Assert.Equal(needed, string.Join(' ', (schema["required"]?.AsArray() ?? []).Select(static name => (string)name!).Order(StringComparer.Ordinal)));
        }

        if (path == "/v1/chat/completions")
        {
            var message = description["paths"]![path]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!["properties"]!["messages"]!["items"]!;
            Assert.Equal(["system", "developer", "user", "assistant"], message["properties"]!["role"]!["enum"]!.AsArray().Select(static role => (string)role!));
        }
    }

    [Fact]
    public async Task The_node_is_alive_and_healthy_and_says_how_it_stands()
    {
        Assert.Equal("alive", await shared.Node.Http.GetStringAsync("/alive"));
        Assert.Equal("healthy", await shared.Node.Http.GetStringAsync("/health"));
        var status = await shared.Node.GetJsonAsync("/v1/status");
        Assert.Equal("uvlm-tiny", (string?)status["model"]!["name"]);
        Assert.Equal(256, (int)status["model"]!["dimension"]!);
        Assert.True((double)status["uptimeSeconds"]! > 0);
        Assert.True((long)status["store"]!["databaseBytes"]! > 0);
        Assert.Equal("exact", (string?)status["store"]!["index"]);
        Assert.All(status["ingest"]!["budgets"]!.AsArray(), static budget => Assert.InRange((long)budget!["used"]!, 0, (long)budget["limit"]!));
        Assert.NotEmpty(status["ingest"]!["stages"]!.AsArray());
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/v1/documents", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/v1/search", HttpStatusCode.MethodNotAllowed)]
    public async Task What_is_not_there_is_said_so(string method, string path, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await shared.Node.Http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
    }
}
