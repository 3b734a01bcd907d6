using System.Text.Json;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Server.Json;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>Reads the body of POST /v1/rerank and /v2/rerank, in the form that Cohere's, Jina's and vLLM's clients send: a query, documents, how many to return.</summary>
internal sealed class RerankCallReader(DocumentLimits limits)
{
    private static readonly string[] Fields = [.. OpenAiBody.Rerank.Select(static field => field.Name)];

    private readonly ContentReader content = new(limits);

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public RerankCall Read(ReadOnlyMemory<byte> utf8, Caller caller)
    {
        using var body = RequestJson.Parse(utf8, limits, "{\"model\": \"..\", \"query\": \"..\", \"documents\": [..]}", Fields);
        var root = body.RootElement;
        if (!root.TryGetProperty("query", out var query))
            throw new DocumentRejectedException("query", "is missing", "Send a text or {\"parts\": [..]}.");
        if (!root.TryGetProperty("documents", out var documents) || documents.ValueKind != JsonValueKind.Array || documents.GetArrayLength() == 0)
            throw new DocumentRejectedException("documents", "is missing or no array of documents", "Send at least one text or {\"parts\": [..]}.");
        // Before any of them is made: a body has room for millions.
        if (documents.GetArrayLength() > QueryOptions.MostInputs)
            throw new DocumentRejectedException("documents", $"has {documents.GetArrayLength()} entries, the limit is {QueryOptions.MostInputs}", "Send fewer at a time.");
        return new RerankCall(
            RequestJson.Model(root),
            new RerankRequest(content.Document(query, "query", caller), [.. documents.EnumerateArray().Select((document, i) => content.Document(document, $"documents[{i}]", caller))]),
            (int?)RequestJson.Whole(root, "top_n", 1, int.MaxValue),
            RequestJson.Flag(root, "return_documents") ?? false);
    }
}
