using System.Globalization;
using System.Text.Json.Nodes;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Client;

/// <summary>A question as the body of POST /v1/search and /v1/answer.</summary>
internal static class SearchRequestWriter
{
    /// <exception cref="ArgumentException">The gap lies beyond the parts; said here, where the stack shows who asked.</exception>
    public static JsonObject Write(SearchQuery query, string? tenant)
    {
        ArgumentNullException.ThrowIfNull(query);
        var body = new JsonObject();
        if (query.Like is null || query.Parts.Count > 0)
            body["parts"] = Parts(query);
        Set("like", query.Like);
        Set("mode", query.Mode == SearchMode.Documents ? null : query.Mode.ToString().ToLowerInvariant());
        Set("tenant", tenant);
        Set("collection", query.Collection);
        Set("filter", query.Filter);
        Set("from", Time(query.From));
        Set("to", Time(query.To));
        Set("k", Number(query.K));
        Set("max_tokens", Number(query.MaxTokens));
        Set("budget_ms", Number((int?)query.Budget?.TotalMilliseconds));
        Set("candidates", Number(query.Candidates));
        Set("ef_search", Number(query.EfSearch));
        return body;

        void Set(string name, JsonNode? value)
        {
            if (value is not null)
                body[name] = value;
        }
    }

    private static JsonArray Parts(SearchQuery query)
    {
        var parts = UnifiedVlmClient.Parts(new InterleavedDocument { Id = "question", Parts = query.Parts });
        if (query.Gap is not { } gap)
            return parts;
        if (gap < 0 || gap > parts.Count)
            throw new ArgumentException($"Gap: is {gap}, and there are {parts.Count} parts. Say how many of them come before the one that is missing.", nameof(query));
        parts.Insert(gap, new JsonObject { ["type"] = "gap" });
        return parts;
    }

    private static JsonNode? Number(int? value) => value is { } number ? JsonValue.Create(number) : null;

    private static JsonNode? Time(DateTimeOffset? value) => value is { } time ? JsonValue.Create(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)) : null;
}
