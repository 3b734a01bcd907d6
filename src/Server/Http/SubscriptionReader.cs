using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Server.Json;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Server.Http;

/// <summary>Reads the body of POST /v1/subscriptions: a question, with what it takes for a document to meet it.</summary>
internal static class SubscriptionReader
{
    private static readonly string[] QuestionFields = ["parts", "text", "tenant", "collection", "filter", "from", "to"];
    private static readonly string[] Fields = [.. QuestionBody.Subscription.Select(static field => field.Name)];

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    /// <exception cref="TenantRefusedException">It is for another tenant's documents than the caller's.</exception>
    public static NewSubscription Read(ReadOnlyMemory<byte> utf8, DocumentLimits limits, Caller caller)
    {
        using var body = RequestJson.Parse(utf8, limits, "{\"text\": \"..\", \"threshold\": 0.7}", Fields);
        var root = body.RootElement;
        var question = QuestionReader.Read(Question(root), limits, caller);
        if (question.Gap is not null)
            throw new DocumentRejectedException($"parts[{question.Gap}]", "is a gap", "A subscription has parts only.");
        return new NewSubscription(
            question.Tenant, question.Document!,
            RequestJson.Number(root, "threshold", -1, 1, isNeeded: true) ?? throw new DocumentRejectedException("threshold", "is missing", "Send the least cosine that counts, such as 0.7."))
        {
            Mode = ReadMode(RequestJson.Text(root, "mode"), "mode"),
            Collection = question.Collection,
            Filter = question.Filter,
            Alignment = RequestJson.Number(root, "alignment", float.MinValue, 0),
        };
    }

    /// <param name="name">Null: documents.</param>
    /// <param name="shown">What the caller calls it.</param>
    /// <exception cref="DocumentRejectedException">There is no such mode.</exception>
    public static SubscriptionMode ReadMode(string? name, string shown) => name switch
    {
        null or "documents" => SubscriptionMode.Documents,
        "parts" => SubscriptionMode.Parts,
        _ => throw new DocumentRejectedException(shown, $"'{name}' is no mode of a subscription", "Those are documents and parts."),
    };

    private static ReadOnlyMemory<byte> Question(JsonElement root)
    {
        var question = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(question);
        json.WriteStartObject();
        foreach (var field in QuestionFields)
        {
            if (!root.TryGetProperty(field, out var value))
                continue;
            json.WritePropertyName(field);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return question.WrittenMemory;
    }
}
