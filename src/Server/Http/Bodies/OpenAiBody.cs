using Microsoft.OpenApi;

namespace UnifiedVlm.Server.Http.Bodies;

/// <summary>What the routes for OpenAI's clients take.</summary>
internal static class OpenAiBody
{
    private const JsonSchemaType Content = JsonSchemaType.String | JsonSchemaType.Array;

    private static readonly BodyField Model = new("model", JsonSchemaType.String, "One of GET /v1/models") { IsNeeded = true };

    public static IReadOnlyList<BodyField> Chat { get; } =
    [
        Model,
        new("messages", JsonSchemaType.Array, "The conversation, oldest first")
        {
            IsNeeded = true,
            Items =
            [
                new("role", JsonSchemaType.String, "Whose words they are") { IsNeeded = true, Values = ["system", "developer", "user", "assistant"] },
                new("content", Content, "A text, or parts {\"type\": \"text\", \"text\"} and {\"type\": \"image_url\", \"image_url\": {\"url\"}} with a data URL") { IsNeeded = true },
            ],
        },
        new("stream", JsonSchemaType.Boolean, "The answer as server-sent events, as it is made"),
        new("stream_options", JsonSchemaType.Object, "include_usage: a last event with the tokens"),
        new("max_tokens", JsonSchemaType.Integer, "Of the answer, at most: what exceeds 1024, or what the model's context holds, is as much as that"),
        new("max_completion_tokens", JsonSchemaType.Integer, "The same; before max_tokens"),
        new("temperature", JsonSchemaType.Number, "0 to 2; 1 unless given"),
        new("top_p", JsonSchemaType.Number, "0 to 1; at 0 the likeliest token alone"),
        new("n", JsonSchemaType.Integer, "1: more are refused"),
        new("stop", Content, "A text that ends the answer, or up to 16"),
        new("seed", JsonSchemaType.Integer, "The same seed and request give the same answer"),
        new("logprobs", JsonSchemaType.Boolean, "The chosen tokens' log probabilities"),
        new("top_logprobs", JsonSchemaType.Integer, "0: more are refused"),
        new("presence_penalty", JsonSchemaType.Number, "-2 to 2"),
        new("frequency_penalty", JsonSchemaType.Number, "-2 to 2"),
        new("response_format", JsonSchemaType.Object, "{\"type\": \"text\"}: others are refused"),
        new("tools", JsonSchemaType.Array, "None: the model calls no tools"),
        new("tool_choice", JsonSchemaType.String, "none or auto: others are refused"),
        .. Ignored(
            ("parallel_tool_calls", JsonSchemaType.Boolean), ("user", JsonSchemaType.String), ("metadata", JsonSchemaType.Object),
            ("store", JsonSchemaType.Boolean), ("service_tier", JsonSchemaType.String), ("safety_identifier", JsonSchemaType.String), ("prompt_cache_key", JsonSchemaType.String)),
        new("top_k", JsonSchemaType.Integer, "Of how many tokens one is drawn; 0 for all"),
        new("min_p", JsonSchemaType.Number, "0 to 1: tokens below this share of the likeliest are left out"),
        new("repetition_penalty", JsonSchemaType.Number, "0.01 to 100; 1 for none"),
        new("adapter", JsonSchemaType.String, "The adapter to answer with"),
        new("collection", JsonSchemaType.String, "Of the model NAME:documents: from which collection"),
        new("tenant", JsonSchemaType.String, "Of the model NAME:documents: from whose documents"),
    ];

    public static IReadOnlyList<BodyField> Embedding { get; } =
    [
        Model,
        new("input", Content | JsonSchemaType.Object, "A text, content parts, a document's {\"parts\": [..]}, or an array of them") { IsNeeded = true },
        new("encoding_format", JsonSchemaType.String, "How vectors are written") { Values = ["float", "base64"] },
        new("dimensions", JsonSchemaType.Integer, "Only the first so many, made a unit vector again"),
        .. Ignored(("user", JsonSchemaType.String)),
    ];

    public static IReadOnlyList<BodyField> Rerank { get; } =
    [
        Model,
        new("query", Content | JsonSchemaType.Object, "A text, content parts, or a document's {\"parts\": [..]}") { IsNeeded = true },
        new("documents", JsonSchemaType.Array, "Each as the query") { IsNeeded = true },
        new("top_n", JsonSchemaType.Integer, "Only the best so many"),
        new("return_documents", JsonSchemaType.Boolean, "With each result the words of its document"),
    ];

    private static IEnumerable<BodyField> Ignored(params (string Name, JsonSchemaType Type)[] fields)
        => fields.Select(static field => new BodyField(field.Name, field.Type, "Passed over: it would not change the answer"));
}
