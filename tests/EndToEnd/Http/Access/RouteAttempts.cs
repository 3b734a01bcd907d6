namespace UnifiedVlm.Tests.EndToEnd.Http.Access;

/// <summary>
/// For every route the ways in which another tenant's belongings could be reached over it. A route that is new has to be entered here:
/// the test that goes through the node's own list of routes fails until it is.
/// </summary>
internal static class RouteAttempts
{
    private const string Parts = """[{"type":"text","text":"harbour words"}]""";

    /// <summary>Routes that take no tenant anywhere, because they are about nothing that is stored.</summary>
    public static IReadOnlyList<string> WithoutTenant { get; } = ["GET /v1/models", "GET /v1/models/{model}"];

    /// <summary>Routes that a key of one tenant may not use at all.</summary>
    public static IReadOnlyList<string> OfAllTenants { get; } = ["GET /v1/status"];

    /// <summary>Routes without a key.</summary>
    public static IReadOnlyList<string> Open { get; } = ["GET,HEAD /alive", "GET,HEAD /health", "GET /openapi/{documentName}.json"];

    /// <param name="route">As the node calls it.</param>
    /// <param name="named">The tenant to name; null names none, and leaves what there is of the other to its ids.</param>
    /// <returns>Null: the route is not known here.</returns>
    public static IReadOnlyList<Attempt>? Of(string route, TenantBelongings other, string? named)
    {
        var (id, letter) = (other.DocumentId, other.Letter);
        var only = named is null ? "" : $"?tenant={named}";
        var and = named is null ? "" : $"&tenant={named}";
        var field = named is null ? "" : $"\"tenant\":\"{named}\",";
        return route switch
        {
            "GET /v1/collections" => [new(HttpMethod.Get, $"/v1/collections{only}")],
            "GET /v1/documents" => [new(HttpMethod.Get, $"/v1/documents?collection=c{and}"), new(HttpMethod.Get, $"/v1/documents?collection=c&limit=5&prefix={id}{and}")],
            "GET /v1/documents/{id}" => [new(HttpMethod.Get, $"/v1/documents/{id}{only}")],
            "GET /v1/documents/{id}/{**rest}" => [new(HttpMethod.Get, $"/v1/documents/{id}/a/b{only}")],
            "POST /v1/documents" => Pushes(id, other.Blob, named, field),
            "DELETE /v1/documents/{id}" => [new(HttpMethod.Delete, $"/v1/documents/{id}{only}"), new(HttpMethod.Delete, $"/v1/documents/{id}?erase=true{and}")],
            "DELETE /v1/documents/{id}/{**rest}" => [new(HttpMethod.Delete, $"/v1/documents/{id}/a/b{only}"), new(HttpMethod.Delete, $"/v1/documents/{id}/a?erase=true{and}")],
            "GET /v1/inbox/{position:long}" => [new(HttpMethod.Get, $"/v1/inbox/{other.Position}{only}"), new(HttpMethod.Get, $"/v1/inbox/{other.Position}?wait=1{and}")],
            "POST /v1/blobs" => [new(HttpMethod.Post, $"/v1/blobs{only}", "no picture", "image/png")],
            "GET,HEAD /v1/blobs/{sha256}" => [new(HttpMethod.Get, $"/v1/blobs/{other.Blob}{only}"), new(HttpMethod.Head, $"/v1/blobs/{other.Blob}{only}")],
            "GET /v1/dead-letters" => [new(HttpMethod.Get, $"/v1/dead-letters{only}"), new(HttpMethod.Get, $"/v1/dead-letters?first={letter}&last={letter}{and}")],
            "DELETE /v1/dead-letters" => [new(HttpMethod.Delete, $"/v1/dead-letters?first=0{and}"), new(HttpMethod.Delete, $"/v1/dead-letters?document={id}{and}")],
            "POST /v1/dead-letters/replay" => [new(HttpMethod.Post, $"/v1/dead-letters/replay{only}"), new(HttpMethod.Post, $"/v1/dead-letters/replay?first={letter}{and}")],
            "GET /v1/dead-letters/{id:long}" => [new(HttpMethod.Get, $"/v1/dead-letters/{letter}{only}")],
            "DELETE /v1/dead-letters/{id:long}" => [new(HttpMethod.Delete, $"/v1/dead-letters/{letter}{only}")],
            "POST /v1/dead-letters/{id:long}/replay" => [new(HttpMethod.Post, $"/v1/dead-letters/{letter}/replay{only}")],
            "POST /v1/search" => [new(HttpMethod.Post, "/v1/search", $$"""{{{field}}"parts":{{Parts}},"k":100}"""), new(HttpMethod.Post, "/v1/search", $$"""{{{field}}"text":"harbour","collection":"c"}"""), new(HttpMethod.Post, "/v1/search", $$"""{{{field}}"like":"{{id}}"}"""), new(HttpMethod.Post, "/v1/search", $$"""{{{field}}"text":"harbour","mode":"parts"}""")],
            "POST /v1/answer" => [new(HttpMethod.Post, "/v1/answer", $$"""{{{field}}"text":"harbour words","max_tokens":4}""")],
            "POST /v1/chat/completions" =>
            [
                .. ((string[])["uvlm-tiny", "uvlm-tiny:documents"]).Select(model => new Attempt(
                    HttpMethod.Post, "/v1/chat/completions", $$"""{{{field}}"model":"{{model}}","max_tokens":4,"messages":[{"role":"user","content":"harbour words"}]}""")),
            ],
            "POST /v1/embeddings" => [new(HttpMethod.Post, "/v1/embeddings", $$"""{"model":"uvlm-tiny","input":[{{{field}}"parts":{{Parts}}}]}""")],
            "POST /v1/rerank" or "POST /v2/rerank" =>
            [
                new(HttpMethod.Post, route.Split(' ')[1], $$"""{"model":"uvlm-tiny","query":"harbour","documents":["one",{{{field}}"parts":{{Parts}}}]}"""),
                new(HttpMethod.Post, route.Split(' ')[1], $$"""{"model":"uvlm-tiny","query":{{{field}}"parts":{{Parts}}},"documents":["one"]}"""),
            ],
            "POST /v1/subscriptions" => [new(HttpMethod.Post, "/v1/subscriptions", $$"""{{{field}}"text":"harbour words","threshold":0.99}""")],
            "GET /v1/subscriptions" => [new(HttpMethod.Get, $"/v1/subscriptions{only}")],
            "DELETE /v1/subscriptions/{id:guid}" => [new(HttpMethod.Delete, $"/v1/subscriptions/{other.Subscription}{only}")],
            _ => null,
        };
    }

    /// <summary>A document of that id, its deletion, and one that shows the other's picture: in every form that a push has.</summary>
    private static Attempt[] Pushes(string id, string blob, string? named, string field)
    {
        var document = $$"""{{{field}}"id":"{{id}}","version":9,"collection":"c","parts":{{Parts}}}""";
        var picture = $$"""{{{field}}"id":"{{id}}-picture","parts":[{"type":"image","blob":"{{blob}}"}]}""";
        const string upsert = """ "specversion":"1.0","id":"1","source":"s","type":"com.unifiedvlm.document.upsert" """;
        var delete = $$"""{{{field}}"specversion":"1.0","id":"2","source":"s","type":"com.unifiedvlm.document.delete","subject":"{{id}}","version":"9"}""";
        var outside = $$"""{{{field}} {{upsert}},"data":{"id":"{{id}}","version":9,"parts":{{Parts}}} }""";
        var inside = $$"""{ {{upsert}},"data":{{document}} }""";
        (string, string)[] attributes = [("ce-specversion", "1.0"), ("ce-id", "3"), ("ce-source", "s"), ("ce-type", "com.unifiedvlm.document.upsert"), .. named is null ? ((string, string)[])[] : [("ce-tenant", named)]];
        return
        [
            Push(document), Push(picture), Push(delete, "application/cloudevents+json"), Push(outside, "application/cloudevents+json"), Push(inside, "application/cloudevents+json"),
            Push($$"""{"id":"{{id}}","version":9,"parts":{{Parts}}}""", "application/json", attributes),
            Push($"{document}\n{delete}", "application/x-ndjson"),
            Push($"[{outside},{delete}]", "application/cloudevents-batch+json"),
        ];

        static Attempt Push(string body, string mediaType = "application/json", params (string, string)[] headers) => new(HttpMethod.Post, "/v1/documents", body, mediaType, headers);
    }
}
