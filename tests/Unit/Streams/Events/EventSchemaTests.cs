using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Streams.Events;
using UnifiedVlm.Tests.Unit.Documents;

namespace UnifiedVlm.Tests.Unit.Streams.Events;

/// <summary>docs/schemas: what readers of events may rely on.</summary>
public sealed class EventSchemaTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, "docs", "schemas");

    private static readonly string[] Names = [.. Directory.EnumerateFiles(Folder).Select(static file => Path.GetFileName(file).Split(".v1.")[0]).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Types => [.. Names];

    [Fact]
    public void There_is_one_for_each_event() => Assert.Equal(
        ["document.dead", "document.deleted", "document.indexed", "events.dropped", "index.switched", "subscription.matched"], Names);

    [Theory]
    [MemberData(nameof(Types))]
    public void Its_examples_are_what_it_says_and_nothing_less_is(string type)
    {
        var schema = Schema(type);
        var examples = schema["examples"]!.AsArray();
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.Null(new MiniSchema(schema).Validate(example));
            foreach (var field in schema["required"]!.AsArray())
            {
                var less = example!.DeepClone().AsObject();
                Assert.True(less.Remove((string)field!));
                Assert.NotNull(new MiniSchema(schema).Validate(less));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_message_has_the_attributes_of_its_schema(string type)
    {
        var schema = Schema(type);
        var example = schema["examples"]![0]!;
        var happened = new PendingEvent(
            4711, type, (string?)example["tenant"], (string?)example["subject"], example["sequence"] is { } sequence ? long.Parse((string)sequence!) : null,
            Encoding.UTF8.GetBytes(example["data"]!.ToJsonString()), DateTimeOffset.UnixEpoch);
        var stream = new EventStream(Guid.NewGuid(), 1) { SequenceBase = 1L << 50 };
        var message = EventMessage.Of(happened, stream);
        var seen = new JsonObject { ["data"] = JsonNode.Parse(message.Value) };
        foreach (var header in message.Headers.Where(static h => h.Key.StartsWith("ce_", StringComparison.Ordinal)))
            seen[header.Key[3..]] = Encoding.UTF8.GetString(header.GetValueBytes());
        Assert.Null(new MiniSchema(schema).Validate(seen));
        Assert.Equal(happened.Sequence is { } own ? $"{(1L << 50) + own}" : null, (string?)seen["sequence"]);
        // Never none: a compacted topic, though it is advised against, would refuse it and hold up all that come after it.
        Assert.Equal(example["subject"] is null ? $"/uvlm/{stream.Id}/4711" : $"{example["tenant"]}/{example["subject"]}", Encoding.UTF8.GetString(message.Key));
    }

    /// <summary>Fields are only added: one that goes, or means something else, breaks a reader. A new type (v2) is for that.</summary>
    [Fact]
    public void What_readers_rely_on_is_still_there()
    {
        var pinned = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "tests", "data", "events", "pinned.txt"));
        var now = Names.SelectMany(static type => Fields($"com.unifiedvlm.{type}.v1", Schema(type))).ToHashSet();
        Assert.Empty(pinned.Except(now));
        // A field that was added: from now on readers rely on it.
        Assert.Empty(now.Except(pinned));
    }

    private static JsonObject Schema(string type) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, $"{type}.v1.schema.json")))!.AsObject();

    private static IEnumerable<string> Fields(string prefix, JsonObject schema)
    {
        foreach (var (name, field) in schema["properties"]?.AsObject() ?? [])
        {
            var type = field!["type"] is JsonArray types ? string.Join('|', types) : (string?)field["type"];
            var isRequired = schema["required"]?.AsArray().Any(r => (string?)r == name) == true;
            yield return $"{prefix}.{name} {type} {(isRequired ? "required" : "optional")}";
            foreach (var inner in Fields($"{prefix}.{name}", field.AsObject()))
                yield return inner;
            if (field["items"] is JsonObject items)
            {
                foreach (var inner in Fields($"{prefix}.{name}[]", items))
                    yield return inner;
            }
        }
    }
}
