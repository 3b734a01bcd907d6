using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>YAML as the nodes of JSON, which it is a superset of.</summary>
internal static class Yaml
{
    private static readonly IDeserializer Reader = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().WithDuplicateKeyChecking().Build();

    /// <summary>The documents of a file; empty ones are left out. Anchors are followed and merge keys merged.</summary>
    public static IReadOnlyList<JsonNode> Read(string text)
    {
        var documents = new List<JsonNode>();
        var parser = new MergingParser(new Parser(new StringReader(text)));
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            // Through its text: a number is then whatever type is asked for.
            if (ToJson(Reader.Deserialize(parser)) is { } document)
                documents.Add(JsonNode.Parse(document.ToJsonString())!);
        }

        return documents;
    }

    public static JsonNode ReadOne(string text) => Assert.Single(Read(text));

    /// <summary>As Helm's toYaml.</summary>
    public static string Write(object? value) => new SerializerBuilder().Build().Serialize(value ?? "").TrimEnd();

    private static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        IDictionary<object, object?> map => new JsonObject(map.Select(static entry => KeyValuePair.Create((string)entry.Key, ToJson(entry.Value)))),
        IList<object?> list => new JsonArray([.. list.Select(ToJson)]),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        IConvertible number => JsonValue.Create(number.ToDecimal(System.Globalization.CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException(value.GetType().Name),
    };
}
