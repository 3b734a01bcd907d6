using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Client;

/// <summary>Looks into what was answered. A proxy in between may say anything, so what is missing or of another kind is null here and no exception.</summary>
internal static class ReplyJson
{
    public static JsonNode? Parse(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonNode? At(this JsonNode? node, string name) => node is JsonObject fields && fields.TryGetPropertyValue(name, out var value) ? value : null;

    public static JsonNode? First(this JsonNode? node) => node is JsonArray { Count: > 0 } items ? items[0] : null;

    public static string? Text(this JsonNode? node, string name) => node.At(name) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node, string name) => node.At(name) is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
