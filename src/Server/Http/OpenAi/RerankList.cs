using System.Text.Json.Serialization;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The reply of POST /v1/rerank and /v2/rerank.</summary>
internal sealed record RerankList(string Id, string Model, RerankEntry[] Results, Usage Usage);

/// <param name="Index">Among the documents of the request, from 0.</param>
/// <param name="RelevanceScore">0 to 1.</param>
/// <param name="Document">Only if asked for.</param>
internal sealed record RerankEntry(int Index, float RelevanceScore, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RerankedDocument? Document);

/// <param name="Text">Of its parts, a line each; pictures have none.</param>
internal sealed record RerankedDocument(string Text)
{
    /// <summary>Of such a document's text, in bytes as it is held.</summary>
    public static long LengthOf(InterleavedDocument document) => document.Parts.OfType<TextPart>().Sum(static part => (long)sizeof(char) * part.Text.Length);

    public static RerankedDocument From(InterleavedDocument document) => new(string.Join('\n', document.Parts.OfType<TextPart>().Select(static part => part.Text)));
}
