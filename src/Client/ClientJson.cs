using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace UnifiedVlm.Client;

/// <summary>Source-generated JSON of what the server says.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PushReceipt))]
[JsonSerializable(typeof(PushStatus))]
[JsonSerializable(typeof(SearchResult))]
[JsonSerializable(typeof(AnswerEvidence))]
[JsonSerializable(typeof(AnswerToken))]
[JsonSerializable(typeof(AnswerCitation))]
[JsonSerializable(typeof(AnswerEnd))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class ClientJson : JsonSerializerContext;

internal sealed record AnswerToken(string Text, float LogProbability);
