using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>Filters, modes and budgets of POST /v1/search and /v1/answer.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class RetrievalTests(SharedNode shared)
{
    private readonly string tenant = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task Filters_leave_documents_out_of_searches_and_answers()
    {
        await PushAsync("old", """{"lang":"de","year":2019}""", "2019-06-01T00:00:00Z", "The lighthouse stands at the harbour.");
        await PushAsync("new", """{"lang":"de","year":2026,"tags":["sea"]}""", "2026-06-01T00:00:00Z", "The lighthouse was painted.");
        await PushAsync("english", """{"lang":"en"}""", null, "A lighthouse keeper.");
        await shared.UntilStoredAsync(tenant, 3);

        Assert.Equal("new,old", await IdsAsync(""" "filter": "lang = \"de\"" """));
        Assert.Equal("new", await IdsAsync(""" "filter": {"and": [{"field": "lang", "op": "=", "value": "de"}, {"or": [{"field": "year", "op": ">=", "value": 2020}, {"field": "x", "op": "exists"}]}]} """));
        Assert.Equal("new", await IdsAsync(""" "filter": {"field": "tags", "op": "has", "value": "sea"} """));
        Assert.Equal("english,old", await IdsAsync(""" "filter": "not tags has \"sea\"" """));
        Assert.Equal("old", await IdsAsync(""" "from": "2019-01-01", "to": "2020-01-01" """));
        Assert.Equal("new", await IdsAsync(""" "from": "2019-07-01T00:00:00Z", "filter": "exists lang" """));
        Assert.Equal("", await IdsAsync(""" "filter": "lang = \"de'; DELETE FROM uvlm.document; --\"" """));
        Assert.Equal("english,new,old", await IdsAsync(""" "filter": null """));

        var answer = await PostAsync("/v1/answer", """ "text": "Where?", "filter": "lang = \"en\"", "max_tokens": 4 """);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Contains("\"english\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("\"old\"", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_missing_parts_and_documents_like_another_are_found()
    {
        await PushAsync("story", null, null, "The boat leaves the harbour.", "A storm comes up.", "The boat is rescued.");
        await PushAsync("other", null, null, "Corn is ground in a mill.", "Bread is baked.");
        await shared.UntilStoredAsync(tenant, 2);

        var parts = (await PostAsync("/v1/search", """ "text": "storm", "mode": "parts", "k": 3 """)).Json;
        Assert.Equal(3, parts["parts"]!.AsArray().Count);
        var first = parts["parts"]![0]!;
        Assert.Equal(("story", 1, "text", "A storm comes up."), ((string?)first["id"], (int)first["part"]!, (string?)first["type"], (string?)first["text"]));
        Assert.Empty(parts["hits"]!.AsArray());

        var missing = (await PostAsync("/v1/search", """
             "mode": "missing", "parts": [{"type":"text","text":"The boat leaves the harbour."},{"type":"gap"},{"type":"text","text":"The boat is rescued."}]
            """)).Json;
        Assert.Equal(("story", 1), ((string?)missing["parts"]![0]!["id"], (int)missing["parts"]![0]!["part"]!));

        var like = (await PostAsync("/v1/search", """ "like": "story" """)).Json;
        Assert.Equal("other", (string?)Assert.Single(like["hits"]!.AsArray())!["id"]);
        Assert.Null(like["parts"]);
        (await PostAsync("/v1/search", """ "like": "nothing" """)).AssertRefused(HttpStatusCode.NotFound, "like");
    }

    [Fact]
    public async Task A_budget_is_reported_with_what_it_led_to_and_overridden()
    {
        await PushAsync("a", null, null, "A lighthouse.");
        await shared.UntilStoredAsync(tenant, 1);
        var timings = (await PostAsync("/v1/search", """ "text": "lighthouse", "budget_ms": 200 """)).Json["timings"]!;
        Assert.Equal(200, (double)timings["budget"]!);
        Assert.InRange((int)timings["askedCandidates"]!, 20, 1000);
        Assert.InRange((int)timings["efSearch"]!, 20, 1000);
        timings = (await PostAsync("/v1/search", """ "text": "lighthouse", "budget_ms": 200, "candidates": 77, "ef_search": 88 """)).Json["timings"]!;
        Assert.Equal((77, 88, (JsonNode?)null), ((int)timings["askedCandidates"]!, (int)timings["efSearch"]!, timings["budget"]));
    }

    [Theory]
    [InlineData(""" "text": "a", "filter": "lang = " """, "filter")]
    [InlineData(""" "text": "a", "filter": {"and": [{"field": "a", "op": "like", "value": 1}]} """, "filter.and[0].op")]
    [InlineData(""" "text": "a", "filter": 7 """, "filter")]
    [InlineData(""" "text": "a", "from": "soon" """, "from")]
    [InlineData(""" "text": "a", "mode": "pages" """, "mode")]
    [InlineData(""" "text": "a", "mode": "missing" """, "parts")]
    [InlineData(""" "text": "a", "like": "b" """, "parts")]
    [InlineData(""" "mode": "like", "text": "a" """, "like")]
    [InlineData(""" "mode": "missing", "parts": [{"type":"gap"}] """, "parts")]
    [InlineData(""" "mode": "missing", "parts": [{"type":"gap"},{"type":"gap"}] """, "parts[1]")]
    [InlineData(""" "mode": "missing", "parts": [{"type":"gap"},{"type":"txt","text":"a"}] """, "parts[1].type")]
    [InlineData(""" "mode": "missing", "parts": [{"type":"gap","text":"a"},{"type":"text","text":"a"}] """, "parts[0]")]
    [InlineData(""" "parts": [{"type":"gap"},{"type":"text","text":"a"}] """, "parts")]
    [InlineData(""" "text": "a", "budget_ms": 0 """, "budget_ms")]
    [InlineData(""" "text": "a", "candidates": 1001 """, "candidates")]
    [InlineData(""" "text": "a", "ef_search": "x" """, "ef_search")]
    public async Task What_is_asked_wrongly_is_refused_and_its_field_named(string body, string field)
        => (await PostAsync("/v1/search", body)).AssertRefused(HttpStatusCode.BadRequest, field);

    [Fact]
    public async Task An_answer_has_no_other_mode()
        => (await PostAsync("/v1/answer", """ "text": "a", "mode": "parts" """)).AssertRefused(HttpStatusCode.BadRequest, "mode");

    private async Task<string> IdsAsync(string fields)
    {
        var reply = await PostAsync("/v1/search", $"\"text\": \"lighthouse\", {fields}");
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return string.Join(',', reply.Json["hits"]!.AsArray().Select(static hit => (string)hit!["id"]!).Order(StringComparer.Ordinal));
    }

    private Task<Reply> PostAsync(string path, string fields)
        => shared.Node.PostAsync(path, new StringContent($"{{\"tenant\": \"{tenant}\", {fields}}}", Encoding.UTF8, "application/json"));

    private Task PushAsync(string id, string? metadata, string? time, params string[] texts) => shared.Node.PushAsync(new JsonObject
    {
        ["id"] = id,
        ["tenant"] = tenant,
        ["metadata"] = metadata is null ? null : JsonNode.Parse(metadata),
        ["time"] = time,
        ["parts"] = new JsonArray([.. texts.Select(static text => new JsonObject { ["type"] = "text", ["text"] = text })]),
    });
}
