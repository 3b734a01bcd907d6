using System.Text;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Workload;

/// <summary>Records that have to become dead letters, and the field each of them has to name.</summary>
internal static class Poison
{
    private const string Part = """{"type":"text","text":"x"}""";

    private static readonly (string Field, KafkaRecord Record)[] Kinds =
    [
        ("$", Of("{\"id\":\"x\",")),
        ("$", Of("hello")),
        ("$", new KafkaRecord("poison"u8.ToArray(), [])),
        ("author", Of(With("author", "\"me\""))),
        ("id", Of($$"""{"parts":[{{Part}}]}""")),
        ("id", Of(With("id", $"\"{new string('i', 2000)}\""))),
        ("version", Of(With("version", "\"soon\""))),
        ("language", Of(With("language", "\"english, mostly\""))),
        ("time", Of(With("time", "\"yesterday\""))),
        ("parts", Of("""{"id":"poison"}""")),
        ("parts[0].type", Of(With("parts", """[{"type":"video","text":"x"}]"""))),
        ("parts[0].text", Of(With("parts", """[{"type":"text","text":"a\u0000b"}]"""))),
        ("parts[0].data", Of(With("parts", """[{"type":"image","data":"%%%%"}]"""))),
        // Found only when the picture is decoded.
        ("parts[0].data", Of(With("parts", $$"""[{"type":"image","data":"{{Convert.ToBase64String(SmallPng.Make(1).AsSpan(0, 120))}}"}]"""))),
        ("key", new KafkaRecord(null, null)),
        ("headers.version", new KafkaRecord("poison"u8.ToArray(), null, ("version", "soon"))),
    ];

    public static (string Field, KafkaRecord Record) Pick(Random random) => Kinds[random.Next(Kinds.Length)];

    private static string With(string name, string value)
    {
        var fields = new Dictionary<string, string> { ["id"] = "\"poison\"", ["version"] = "1", ["parts"] = $"[{Part}]", [name] = value };
        return "{" + string.Join(',', fields.Select(static f => $"\"{f.Key}\":{f.Value}")) + "}";
    }

    private static KafkaRecord Of(string value) => new("poison"u8.ToArray(), Encoding.UTF8.GetBytes(value));
}
