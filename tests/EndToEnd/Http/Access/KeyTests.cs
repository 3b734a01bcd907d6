using System.Net;
using System.Text.Json.Nodes;
using UnifiedVlm.Client;
using UnifiedVlm.Documents;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http.Access;

/// <summary>A node that asks for keys.</summary>
[Collection(KeyedNodeCollection.Name)]
public sealed class KeyTests(KeyedNode shared)
{
    private static readonly string[] OpenAiRoutes = ["/v1/models", "/v1/models/{model}", "/v1/chat/completions", "/v1/embeddings", "/v1/rerank", "/v2/rerank"];

    private readonly string tenant = $"k{Guid.NewGuid():N}";

    [Fact]
    public async Task Without_a_good_key_every_route_below_v1_is_refused_in_the_words_of_its_clients()
    {
        var stranger = "uvlm_0123456789ab_" + new string('0', 64);
        foreach (var (method, pattern) in KeyedRoutes())
        {
            foreach (var (key, challenge) in ((string?, string)[])[(null, "Bearer realm=\"uvlm\""), (stranger, "error=\"invalid_token\""), ("none", "error=\"invalid_token\"")])
            {
                var reply = await shared.SendAsync(key, method, PathOf(pattern), method == HttpMethod.Post ? "{}" : null);
                Assert.True(reply.Status == HttpStatusCode.Unauthorized, $"{method} {pattern}: {(int)reply.Status} {reply.Body}");
                Assert.Contains(challenge, reply.Headers["WWW-Authenticate"], StringComparison.Ordinal);
                if (OpenAiRoutes.Contains(pattern))
                    Assert.Equal("invalid_api_key", (string?)reply.Json["error"]!["code"]);
                else
                    Assert.Equal(("application/problem+json", 401), (reply.MediaType, (int)reply.Json["status"]!));
            }
        }

        // What is not there is not told to those without a key either.
        foreach (var nothing in (string[])["/v1/nothing", "/v2/nothing"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await shared.SendAsync(null, HttpMethod.Get, nothing)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await shared.SendAsync(await shared.CreateTenantKeyAsync(tenant), HttpMethod.Get, nothing)).Status);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/docs")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Pages_and_probes_need_no_key(string path) => Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(null, HttpMethod.Get, path)).Status);

    [Fact]
    public async Task A_key_without_the_scope_of_a_route_is_not_let_in()
    {
        foreach (var missing in (string[])["read", "write", "admin"])
        {
            var scopes = new[] { "read", "write", "admin" }.Where(scope => scope != missing).SelectMany(static scope => new[] { "--scope", scope });
            var key = await shared.CreateKeyAsync(["--all-tenants", .. scopes]);
            var closed = KeyedRoutes($"with {missing}").ToList();
            Assert.NotEmpty(closed);
            foreach (var (method, pattern) in closed)
            {
                var reply = await shared.SendAsync(key, method, PathOf(pattern), method == HttpMethod.Post ? "{}" : null);
                Assert.True(reply.Status == HttpStatusCode.Forbidden, $"{method} {pattern} without {missing}: {(int)reply.Status}");
                Assert.Contains(missing, reply.Body, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_document_is_deleted_by_who_may_write_and_erased_by_who_may_administer()
    {
        var (writer, admin) = (await shared.CreateTenantKeyAsync(tenant, "write"), await shared.CreateTenantKeyAsync(tenant, "admin"));
        await shared.StoreAsync(writer, """{"id":"x","parts":[{"type":"text","text":"One."}]}""");
        Assert.Equal(HttpStatusCode.Forbidden, (await shared.SendAsync(writer, HttpMethod.Delete, "/v1/documents/x?erase=true")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await shared.SendAsync(admin, HttpMethod.Delete, "/v1/documents/x")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await shared.SendAsync(writer, HttpMethod.Delete, "/v1/documents/x")).Status);
        Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(admin, HttpMethod.Delete, "/v1/documents/x?erase=true")).Status);
    }

    [Fact]
    public async Task A_key_ends_when_it_is_revoked_and_when_its_time_is_over()
    {
        foreach (var isRevoked in (bool[])[true, false])
        {
            var key = await shared.CreateKeyAsync("--tenant", tenant, "--expires", "1h");
            var id = key.Split('_')[1];
            Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(key, HttpMethod.Get, "/v1/documents")).Status);
            if (isRevoked)
                (await Uvlm.RunAsync(["key", "revoke", id, "--data", shared.Data.Root])).AssertSucceeded();
            else
                await shared.Database.RowsAsync($"UPDATE uvlm.api_key SET expires_at = now() WHERE id = '{id}' RETURNING id");
            await Waiting.UntilAsync(async () => (await shared.SendAsync(key, HttpMethod.Get, "/v1/documents")).Status == HttpStatusCode.Unauthorized, () => "the key ends");
            var listed = Assert.Single((await Uvlm.RunAsync(["key", "list", "--data", shared.Data.Root])).Output.Split('\n'), line => line.StartsWith(id, StringComparison.Ordinal));
            Assert.Contains(isRevoked ? "revoked" : "expired", listed, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Requests_and_tokens_beyond_a_keys_limit_are_sent_back_until_they_have_come_in_again()
    {
        var seldom = await shared.CreateKeyAsync("--tenant", tenant, "--requests-per-minute", "1");
        var first = await shared.SendAsync(seldom, HttpMethod.Get, "/v1/models");
        Assert.Equal((HttpStatusCode.OK, "1", "0"), (first.Status, first.Headers["x-ratelimit-limit-requests"], first.Headers["x-ratelimit-remaining-requests"]));
        var second = await shared.SendAsync(seldom, HttpMethod.Get, "/v1/models");
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"), (second.Status, (string?)second.Json["error"]!["code"]));
        Assert.InRange(int.Parse(second.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 60);

        // An answer from documents costs what the model reads and says: nothing where it is not asked.
        using var _ = await PushAsync("words", "Some words are said of the harbour.");
        foreach (var (path, body) in ((string, string)[])
            [
                ("/v1/embeddings", """{"model":"uvlm-tiny","input":"Some words to embed."}"""),
                ("/v1/rerank", """{"model":"uvlm-tiny","query":"Some words","documents":["to embed"]}"""),
                ("/v1/chat/completions", """{"model":"uvlm-tiny","max_tokens":8,"messages":[{"role":"user","content":"Some words."}]}"""),
                ("/v1/chat/completions", """{"model":"uvlm-tiny","stream":true,"max_tokens":8,"messages":[{"role":"user","content":"Some words."}]}"""),
                ("/v1/chat/completions", """{"model":"uvlm-tiny:documents","max_tokens":8,"messages":[{"role":"user","content":"Some words."}]}"""),
                ("/v1/answer", """{"text":"Some words?","max_tokens":8}"""),
            ])
        {
            var frugal = await shared.CreateKeyAsync("--tenant", tenant, "--tokens-per-minute", "1");
            Assert.Equal(HttpStatusCode.OK, (await shared.SendAsync(frugal, HttpMethod.Post, path, body)).Status);
            var refused = await shared.SendAsync(frugal, HttpMethod.Get, "/v1/models");
            Assert.Equal((HttpStatusCode.TooManyRequests, "0"), (refused.Status, refused.Headers["x-ratelimit-remaining-tokens"]));
        }
    }

    [Fact]
    public async Task What_is_refused_before_the_model_is_asked_costs_no_tokens()
    {
        var frugal = await shared.CreateKeyAsync("--tenant", tenant, "--tokens-per-minute", "1");
        var refused = await shared.SendAsync(frugal, HttpMethod.Post, "/v1/embeddings", """{"model":"uvlm-tiny","input":"Some words to embed.","dimensions":100000}""");
        Assert.Equal((HttpStatusCode.BadRequest, "dimensions"), (refused.Status, (string?)refused.Json["error"]!["param"]));
        var next = await shared.SendAsync(frugal, HttpMethod.Get, "/v1/models");
        Assert.Equal((HttpStatusCode.OK, "1"), (next.Status, next.Headers["x-ratelimit-remaining-tokens"]));
    }

    [Fact]
    public async Task The_client_works_with_a_key_alone()
    {
        using var client = await PushAsync("harbour", "The lighthouse stands at the harbour.");
        Assert.Equal("harbour", Assert.Single((await client.SearchAsync(new SearchQuery("lighthouse"))).Hits).Id);
        Assert.Equal([tenant], await shared.Database.RowsAsync($"SELECT tenant FROM uvlm.document WHERE tenant = '{tenant}'"));
    }

    [Fact]
    public async Task The_description_of_the_interface_says_which_key_a_route_needs()
    {
        var description = (await shared.SendAsync(null, HttpMethod.Get, "/openapi/v1.json")).Json;
        Assert.Equal(("http", "bearer"), ((string?)description["components"]!["securitySchemes"]!["key"]!["type"], (string?)description["components"]!["securitySchemes"]!["key"]!["scheme"]));
        foreach (var (path, methods) in description["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
                Assert.True((path.StartsWith("/v1/", StringComparison.Ordinal) || path.StartsWith("/v2/", StringComparison.Ordinal)) == operation!["security"] is JsonArray { Count: > 0 }, $"{method} {path}");
        }

        Assert.Equal("""[{"key":["write"]},{"key":["admin"]}]""", description["paths"]!["/v1/documents/{id}"]!["delete"]!["security"]!.ToJsonString());
    }

    [Fact]
    public async Task No_secret_is_told_by_a_node_at_its_most_talkative()
    {
        var key = await shared.CreateTenantKeyAsync(tenant);
        await shared.StoreAsync(key, """{"id":"x","parts":[{"type":"text","text":"One."}]}""");
        await shared.SendAsync(key[..^1] + (key[^1] == '0' ? '1' : '0'), HttpMethod.Get, "/v1/documents");
        Assert.Equal(0, shared.Node.Process.CountLines(key[18..50]));
        Assert.DoesNotContain(key[18..50], (await Uvlm.RunAsync(["key", "list", "--data", shared.Data.Root, "--log-level", "trace"])).Errors, StringComparison.Ordinal);
    }

    /// <param name="only">Of those whose rule ends so.</param>
    private IEnumerable<(HttpMethod Method, string Pattern)> KeyedRoutes(string only = "") => shared.Routes
        .Where(route => route.Value != "no key" && route.Value.EndsWith(only, StringComparison.Ordinal))
        .Select(static route => route.Key.Split(' '))
        .Select(static route => (new HttpMethod(route[0].Split(',')[0]), route[1]));

    private static string PathOf(string pattern) => pattern
        .Replace("{position:long}", "1", StringComparison.Ordinal).Replace("{id:long}", "1", StringComparison.Ordinal).Replace("{id:guid}", Guid.Empty.ToString(), StringComparison.Ordinal).Replace("{sha256}", new string('a', 64), StringComparison.Ordinal)
        .Replace("{model}", "uvlm-tiny", StringComparison.Ordinal).Replace("{id}", "x", StringComparison.Ordinal).Replace("{**rest}", "y", StringComparison.Ordinal);

    /// <summary>Stores a document of the tenant's by a client with a key of its own, which it hands over.</summary>
    private async Task<UnifiedVlmClient> PushAsync(string id, string text)
    {
        var key = await shared.CreateTenantKeyAsync(tenant, "read", "write");
        var client = new UnifiedVlmClient(shared.Node.Http.BaseAddress!, new UnifiedVlmClientOptions { ApiKey = key });
        var receipt = await client.PushAsync(new InterleavedDocument { Id = id, Parts = [new TextPart(text)] });
        PushStatus status;
        do
            status = await client.GetStatusAsync(receipt, TimeSpan.FromSeconds(10));
        while (!status.IsDecided);
        Assert.Equal("indexed", status.Status);
        return client;
    }
}
