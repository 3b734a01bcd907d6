using Microsoft.OpenApi;
using UnifiedVlm.Actors.Queries;

namespace UnifiedVlm.Server.Http.Bodies;

/// <summary>What POST /v1/search, /v1/answer and /v1/subscriptions take.</summary>
internal static class QuestionBody
{
    public static IReadOnlyList<string> Modes { get; } = [.. Enum.GetNames<SearchMode>().Select(static name => name.ToLowerInvariant())];

    private static readonly BodyField Parts = new("parts", JsonSchemaType.Array, "Text and pictures in order, as in a document; or text in its place")
    {
        Items =
        [
            new("type", JsonSchemaType.String, "What the part is; a search may have one gap, for the part that is looked for") { IsNeeded = true, Values = ["text", "image", "gap"] },
            new("text", JsonSchemaType.String, "Of a text"),
            new("data", JsonSchemaType.String, "Of a picture: the JPEG, PNG or WebP file in base64"),
        ],
    };

    private static readonly BodyField Text = new("text", JsonSchemaType.String, "Short for parts with one text");
    private static readonly BodyField Filter = new("filter", JsonSchemaType.String | JsonSchemaType.Object, "Which documents, as text such as lang = \"en\" and year >= 2020, or as an object");
    private static readonly BodyField From = new("from", JsonSchemaType.String, "Only documents of this time or later");
    private static readonly BodyField To = new("to", JsonSchemaType.String, "Only documents of before this time");
    private static readonly BodyField Tenant = new("tenant", JsonSchemaType.String, "Whose documents; unless given the key's, or the default one's");
    private static readonly BodyField Collection = new("collection", JsonSchemaType.String, "Of which collection; of all of them unless given");

    public static IReadOnlyList<BodyField> Question { get; } =
    [
        Parts, Text,
        new("like", JsonSchemaType.String, "The id of a stored document, in place of parts: what is like it"),
        new("mode", JsonSchemaType.String, "What is looked for") { Values = Modes },
        Tenant, Collection,
        new("k", JsonSchemaType.Integer, "Hits, 1 to 100; documents to answer from, 1 to 16"),
        new("max_tokens", JsonSchemaType.Integer, "Of the answer, 1 to 1024"),
        new("adapter", JsonSchemaType.String, "The answer's; for a search the one that the index has to be encoded with"),
        Filter, From, To,
        new("budget_ms", JsonSchemaType.Integer, "How long a search should take in milliseconds, 1 to 30000: how much is looked at follows from it; an aim, no deadline"),
        new("candidates", JsonSchemaType.Integer, "How many documents are aligned, 1 to 1000"),
        new("ef_search", JsonSchemaType.Integer, "How widely the vector index is searched, 1 to 1000"),
    ];

    public static IReadOnlyList<BodyField> Subscription { get; } =
    [
        Parts, Text, Tenant, Collection, Filter, From, To,
        new("mode", JsonSchemaType.String, "Which vectors count: also the document's own, or those of its parts alone") { Values = ["documents", "parts"] },
        new("threshold", JsonSchemaType.Number, "The least cosine of a pair of vectors, -1 to 1") { IsNeeded = true },
        new("alignment", JsonSchemaType.Number, "The least log K per step, 0 or less"),
    ];
}
