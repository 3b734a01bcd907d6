using System.Text.Json;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Server.Json;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>
/// Reads the body of POST /v1/embeddings. An item of the input is a text, an array of content parts, or a document's <c>{"parts": [..]}</c>; each gets one vector.
/// </summary>
internal sealed class EmbeddingCallReader(DocumentLimits limits)
{
    private static readonly string[] Fields = [.. OpenAiBody.Embedding.Select(static field => field.Name)];

    private readonly ContentReader content = new(limits);

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public EmbeddingCall Read(ReadOnlyMemory<byte> utf8, Caller caller)
    {
        using var body = RequestJson.Parse(utf8, limits, "{\"model\": \"..\", \"input\": \"..\"}", Fields);
        var root = body.RootElement;
        var format = RequestJson.Text(root, "encoding_format") ?? "float";
        if (format is not ("float" or "base64"))
            throw new DocumentRejectedException("encoding_format", $"is '{format}'", "Send float or base64.");
        return new EmbeddingCall(
            RequestJson.Model(root),
            Input(root, caller),
            (int?)RequestJson.Whole(root, "dimensions", 1, int.MaxValue),
            format == "base64");
    }

    private List<InterleavedDocument> Input(JsonElement root, Caller caller)
    {
        if (!root.TryGetProperty("input", out var input) || input.ValueKind is not (JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Object))
            throw new DocumentRejectedException("input", "is missing", "Send a text, or an array of texts and {\"parts\": [..]}.");
        if (input.ValueKind != JsonValueKind.Array)
            return [content.Document(input, "input", caller)];
        // Before any of them is made: a body has room for millions.
        if (input.GetArrayLength() > QueryOptions.MostInputs)
            throw new DocumentRejectedException("input", $"has {input.GetArrayLength()} entries, the limit is {QueryOptions.MostInputs}", "Send fewer at a time.");
        var documents = new List<InterleavedDocument>(input.GetArrayLength());
        foreach (var item in input.EnumerateArray())
        {
            var field = $"input[{documents.Count}]";
            if (item.ValueKind == JsonValueKind.Number || (item.ValueKind == JsonValueKind.Array && item.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Number))
                throw new DocumentRejectedException(field, "is tokens, which are not supported", "Send the text: LangChain does with check_embedding_ctx_length=False.");
            documents.Add(content.Document(item, field, caller));
        }

        return documents.Count > 0 ? documents : throw new DocumentRejectedException("input", "is empty", "Send at least one text.");
    }
}
