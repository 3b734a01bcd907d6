using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Chaos.Checking;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Chaos.Workload;

/// <summary>Records of one document: a version of it, or its deletion. Written here from the format's description, not by the product.</summary>
internal static class DocumentRecord
{
    private const int Pictures = 40;

    private static readonly string[] Words = ["water", "pump", "valve", "dial", "turns", "slowly", "red", "open", "the", "seen", "from", "above", "below", "pipe", "steel"];

    /// <summary>A few short texts, now and then a small picture. The title names the version, so that the checker sees whose content is stored.</summary>
    public static (ExpectedDocument State, KafkaRecord Record) Upsert(string id, long version, Random random)
    {
        var parts = new JsonArray();
        for (var i = 1 + random.Next(2); i > 0; i--)
            parts.Add(new JsonObject { ["type"] = "text", ["text"] = Text(random) });
        var pictures = random.Next(8) == 0 ? 1 : 0;
        if (pictures > 0)
            parts.Add(new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(SmallPng.Make(random.Next(Pictures))), ["alt"] = "a picture" });
        // Texts like each other are still other content: a version that changes nothing would have no event of its own.
        var title = string.Create(CultureInfo.InvariantCulture, $"{id}@{version}.{random.Next(1 << 16)}");
        var document = new JsonObject { ["id"] = id, ["version"] = version, ["title"] = title, ["parts"] = parts };
        return (
            new ExpectedDocument(version, false, parts.Count, pictures, title),
            new KafkaRecord(Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes(document.ToJsonString())));
    }

    public static (ExpectedDocument State, KafkaRecord Record) Delete(string id, long version) => (
        new ExpectedDocument(version, true, 0, 0, null),
        new KafkaRecord(Encoding.UTF8.GetBytes(id), null, ("version", version.ToString(CultureInfo.InvariantCulture))));

    private static string Text(Random random) => string.Join(' ', Enumerable.Range(0, 6 + random.Next(10)).Select(_ => Words[random.Next(Words.Length)])) + ".";
}
