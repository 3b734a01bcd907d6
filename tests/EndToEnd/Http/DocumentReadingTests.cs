using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>Looking through what a tenant has: collections, pages of documents, one document.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class DocumentReadingTests(SharedNode shared)
{
    private readonly string tenant = $"t{Guid.NewGuid():N}";

    private ServingNode Node => shared.Node;

    [Fact]
    public async Task A_listing_comes_in_pages_and_by_prefix()
    {
        foreach (var id in (string[])["a/1", "a/2", "b/1"])
            await PushAsync(id, new JsonObject { ["title"] = $"Title of {id}" });
        await shared.UntilStoredAsync(tenant, 3);

        Assert.Equal(["a/1", "a/2"], await IdsAsync("limit=2"));
        Assert.Equal(["b/1"], await IdsAsync("limit=2&after=a/2"));
        Assert.Empty(await IdsAsync("limit=2&after=b/1"));
        Assert.Equal(["a/1", "a/2"], await IdsAsync("prefix=a/"));
        Assert.Equal(["a/2"], await IdsAsync("prefix=a/&after=a/1&limit=1"));
        Assert.Equal(["a/1", "a/2", "b/1"], await IdsAsync(""));
        var listed = JsonNode.Parse(await Node.Http.GetStringAsync($"/v1/documents?tenant={tenant}&limit=1"))![0]!;
        Assert.Equal("Title of a/1", (string?)listed["title"]);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=some", "limit")]
    [InlineData("tenant=no+tenant", "tenant")]
    [InlineData("collection=no+collection", "collection")]
    [InlineData("prefix=%00", "prefix")]
    [InlineData("after=%00", "after")]
    [InlineData("colection=books", "colection")]
    [InlineData("limit=1&limit=2", "limit")]
    public async Task What_no_listing_can_be_of_is_refused(string query, string field)
        => (await GetAsync($"/v1/documents?{query}")).AssertRefused(HttpStatusCode.BadRequest, field);

    [Theory]
    [InlineData("/v1/collections")]
    [InlineData("/v1/documents/a")]
    public async Task A_parameter_that_nothing_is_made_of_is_refused(string path) => (await GetAsync($"{path}?tennant=x")).AssertRefused(HttpStatusCode.BadRequest, "tennant");

    [Fact]
    public async Task A_document_comes_as_it_can_be_pushed_again()
    {
        var picture = Pictures.Disc(4);
        var pushed = new JsonObject
        {
            ["title"] = "Pump 7",
            ["language"] = "en",
            ["collection"] = "manuals",
            ["version"] = 9007199254740993,
            ["time"] = "2026-01-01T00:00:00Z",
            ["metadata"] = new JsonObject { ["site"] = "north" },
        };
        // What a path has to escape is part of many ids.
        await PushAsync("folder/ä b?", pushed, new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(picture), ["alt"] = "The valve" }, Text("Figure 1."));
        await shared.UntilStoredAsync(tenant, 1);

        var reply = await GetAsync($"/v1/documents/{Uri.EscapeDataString("folder/ä b?")}?tenant={tenant}");
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal(reply.Body, (await GetAsync($"/v1/documents/folder/%C3%A4%20b%3F?tenant={tenant}")).Body);
        Assert.Equal(9007199254740993, (long)reply.Json["version"]!);
        Assert.True(DateTimeOffset.UtcNow - (DateTimeOffset)reply.Json["updatedAt"]! < TimeSpan.FromHours(1));
        var document = reply.Json["document"]!.AsObject();
        var expected = pushed.DeepClone().AsObject();
        (expected["id"], expected["tenant"]) = ("folder/ä b?", tenant);
        expected["parts"] = new JsonArray(
            Text("Of folder/ä b?."),
            new JsonObject { ["type"] = "image", ["blob"] = Convert.ToHexStringLower(SHA256.HashData(picture)), ["alt"] = "The valve" },
            Text("Figure 1."));
        Assert.True(JsonNode.DeepEquals(expected, document), document.ToJsonString());

        var again = await Node.PostAsync("/v1/documents", document.DeepClone());
        var status = await Node.OutcomeAsync((string)again.Json["statusUrl"]!);
        Assert.Equal("unchanged", (string?)status["status"]);
    }

    [Fact]
    public async Task A_version_that_no_sender_gave_is_not_the_documents()
    {
        await PushAsync("plain", []);
        await shared.UntilStoredAsync(tenant, 1);
        var read = (await GetAsync($"/v1/documents/plain?tenant={tenant}")).Json;
        Assert.True((long)read["version"]! > 0);
        Assert.False(read["document"]!.AsObject().ContainsKey("version"));
    }

    [Fact]
    public async Task What_is_anothers_deleted_or_never_was_is_not_found()
    {
        await PushAsync("mine", new JsonObject { ["collection"] = "secret-names" });
        await shared.UntilStoredAsync(tenant, 1);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/v1/documents/mine")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"/v1/documents/never?tenant={tenant}")).Status);
        (await GetAsync("/v1/documents/mine?tenant=no+tenant")).AssertRefused(HttpStatusCode.BadRequest, "tenant");
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync($"/v1/documents/%00?tenant={tenant}")).Status);
        Assert.Equal("""[{"name":"secret-names"}]""", (await GetAsync($"/v1/collections?tenant={tenant}")).Body);
        Assert.DoesNotContain("secret-names", (await GetAsync("/v1/collections")).Body, StringComparison.Ordinal);
        (await GetAsync("/v1/collections?tenant=no+tenant")).AssertRefused(HttpStatusCode.BadRequest, "tenant");

        using var deleted = await Node.Http.DeleteAsync($"/v1/documents/mine?tenant={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await shared.UntilStoredAsync(tenant, 0);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"/v1/documents/mine?tenant={tenant}")).Status);
    }

    private Task PushAsync(string id, JsonObject fields, params JsonObject[] more)
    {
        var document = fields.DeepClone().AsObject();
        (document["id"], document["tenant"], document["parts"]) = (id, tenant, new JsonArray([Text($"Of {id}."), .. more]));
        return Node.PushAsync(document);
    }

    private async Task<List<string>> IdsAsync(string query)
        => [.. JsonNode.Parse(await Node.Http.GetStringAsync($"/v1/documents?tenant={tenant}&{query}"))!.AsArray().Select(static row => (string)row!["id"]!)];

    private async Task<Reply> GetAsync(string path)
    {
        using var response = await Node.Http.GetAsync(path);
        return new Reply(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };
}
