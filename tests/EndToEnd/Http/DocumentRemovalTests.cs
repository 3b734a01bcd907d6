using System.Net;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>DELETE of a document, as a version like any other and as an erasure.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class DocumentRemovalTests(SharedNode shared)
{
    private readonly string tenant = $"t{Guid.NewGuid():N}";

    private ServingNode Node => shared.Node;

    [Fact]
    public async Task A_delete_is_accepted_and_leaves_a_tombstone()
    {
        // What a path has to escape is part of many ids.
        string[] ids = ["plain", "folder/page.html", "a%2Fb", "ä b?c#d"];
        foreach (var id in ids)
            await PushAsync(id, "Here for a while.");
        await shared.UntilStoredAsync(tenant, ids.Length);

        var positions = new List<long>();
        foreach (var id in ids)
        {
            var reply = await DeleteAsync(Uri.EscapeDataString(id), $"tenant={tenant}");
            Assert.True(reply.Status == HttpStatusCode.Accepted, reply.Body);
            Assert.Equal(id, (string?)reply.Json["id"]);
            positions.Add((long)reply.Json["position"]!);
        }

        Assert.Equal(positions.Order(), positions);
        await shared.UntilStoredAsync(tenant, 0);
        Assert.Equal(ids.Order(StringComparer.Ordinal), (await shared.Database.RowsAsync($"SELECT id FROM uvlm.document WHERE tenant = '{tenant}' AND deleted ORDER BY id")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_slash_may_stand_as_it_is_and_the_same_key_deletes_once()
    {
        await PushAsync("folder/page.html", "Here for a while.");
        await shared.UntilStoredAsync(tenant, 1);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = await DeleteAsync("folder/page.html", $"tenant={tenant}", key);
        var second = await DeleteAsync("folder/page.html", $"tenant={tenant}", key);
        Assert.Equal((HttpStatusCode.Accepted, (long)first.Json["position"]!), (second.Status, (long)second.Json["position"]!));
        (await DeleteAsync("other", $"tenant={tenant}", key)).AssertRefused(HttpStatusCode.Conflict, "headers.Idempotency-Key");
        await shared.UntilStoredAsync(tenant, 0);
    }

    [Fact]
    public async Task A_version_goes_with_the_delete()
    {
        await Node.PushAsync(new JsonObject { ["id"] = "v", ["tenant"] = tenant, ["version"] = 7, ["parts"] = new JsonArray(Text("Version seven.")) });
        await shared.UntilStoredAsync(tenant, 1);
        await DeleteAsync("v", $"tenant={tenant}&version=8");
        await shared.UntilStoredAsync(tenant, 0);
        Assert.Equal(["8|explicit"], await shared.Database.RowsAsync($"SELECT version, version_rule FROM uvlm.document WHERE tenant = '{tenant}'"));
    }

    [Fact]
    public async Task An_erased_document_is_nowhere_and_can_be_sent_again()
    {
        await PushAsync("secret", "The confidential lighthouse.");
        await PushAsync("other", "Another lighthouse.");
        await shared.UntilStoredAsync(tenant, 2);

        var reply = await DeleteAsync("secret", $"tenant={tenant}&erase=true");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (reply.Status, reply.MediaType));
        Assert.Equal("""{"id":"secret","document":true,"pictures":0,"deadLetters":0,"events":1,"pushed":1}""", reply.Body);

        Assert.Equal(["other|False", "secret|True"], await shared.Database.RowsAsync($"SELECT id, deleted FROM uvlm.document WHERE tenant = '{tenant}' ORDER BY id"));
        Assert.Equal(1, await shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.inbox WHERE tenant = '{tenant}'"));
        var found = await Node.PostAsync("/v1/search", new JsonObject { ["text"] = "confidential lighthouse", ["tenant"] = tenant });
        Assert.Equal("other", (string?)Assert.Single(found.Json["hits"]!.AsArray())!["id"]);
        // The event that tells of it stands: nobody has heard it yet.
        Assert.Equal("""{"id":"secret","document":false,"pictures":0,"deadLetters":0,"events":0,"pushed":0}""", (await DeleteAsync("secret", $"tenant={tenant}&erase=true")).Body);

        await PushAsync("secret", "Nothing confidential any more.");
        await shared.UntilStoredAsync(tenant, 2);
    }

    [Theory]
    [InlineData("x", "tenant=no%20name", "tenant")]
    [InlineData("x", "tenant=a&version=-1", "version")]
    [InlineData("x", "tenant=a&erase=true&version=3", "version")]
    [InlineData("%0A", "tenant=a", "subject")]
    public async Task A_delete_that_can_not_be_taken_is_refused_and_its_field_named(string id, string query, string field)
        => (await DeleteAsync(id, query)).AssertRefused(HttpStatusCode.BadRequest, field);

    [Fact]
    public async Task The_status_says_how_long_what_is_kept()
    {
        var retention = (await Node.GetJsonAsync("/v1/status"))["retention"]!.AsArray();
        Assert.Equal(
            ["dead letters 90d", "events 7d", "unpublished events 7d", "inbox 7d", "tombstones forever"], retention.Select(static r => $"{(string?)r!["rule"]} {(string?)r["keep"]}"));
    }

    private Task PushAsync(string id, string text)
        => Node.PushAsync(new JsonObject { ["id"] = id, ["tenant"] = tenant, ["parts"] = new JsonArray(Text(text)) });

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private async Task<Reply> DeleteAsync(string escapedId, string query, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/v1/documents/{escapedId}?{query}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Node.Http.SendAsync(request);
        return new Reply(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }
}
