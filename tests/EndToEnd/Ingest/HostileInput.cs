using System.Text;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>One record that must become a dead letter.</summary>
/// <param name="Field">What its dead letter has to name.</param>
/// <param name="SeenAtOnce">Whether the HTTP interface can refuse it before it takes it; the rest is found while the pictures are decoded or in the store.</param>
/// <param name="KafkaOnly">It depends on keys or headers of the record.</param>
internal sealed record HostileInput(string Name, KafkaRecord Record, string Field, bool SeenAtOnce = true, bool KafkaOnly = false)
{
    private static readonly byte[] Png = Pictures.Png(1);

    /// <param name="tenant">Of the records that get as far as having one.</param>
    public static IReadOnlyList<HostileInput> All(string tenant)
    {
        const string part = """{"type":"text","text":"x"}""";
        return
        [
            // The record as a whole.
            Of("broken JSON", "{\"id\":\"x\",", "$"),
            Of("no JSON", "hello", "$"),
            Of("an array", "[]", "$"),
            Of("null", "null", "$"),
            new("empty", new KafkaRecord("k"u8.ToArray(), []), "$"),
            Of("two objects", Document("id", "\"two\"") + Document("id", "\"two\""), "$"),
            new("not UTF-8", new KafkaRecord("k"u8.ToArray(), [.. "{\"id\":\"u\",\"parts\":[{\"type\":\"text\",\"text\":\""u8, 0xC3, 0x28, .. "\"}]}"u8]), "parts[0].text"),
            new("UTF-16", new KafkaRecord("k"u8.ToArray(), Encoding.Unicode.GetBytes(Document("id", "\"wide\""))), "$"),
            Of("an unknown field", Document("author", "\"me\""), "author"),
            Of("a field twice", $$"""{"id":"a","id":"b","parts":[{{part}}]}""", "id"),
            Of("10,000 levels", Document("metadata", string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)), "metadata" + string.Concat(Enumerable.Repeat(".a", 31))),

            // Identity.
            Of("no id", $$"""{"parts":[{{part}}]}""", "id"),
            Of("an empty id", Document("id", "\"\""), "id"),
            Of("a blank id", Document("id", "\"  \""), "id"),
            Of("an id of the wrong type", Document("id", "17"), "id"),
            Of("an id that is null", Document("id", "null"), "id"),
            Of("an id with NUL", Document("id", "\"a\\u0000b\""), "id"),
            Of("an id with a line feed", Document("id", "\"a\\nb\""), "id"),
            Of("an id with half a character", Document("id", "\"a\\ud800\""), "id"),
            Of("a huge id", Document("id", $"\"{new string('i', 100_000)}\""), "id"),
            Of("a tenant that is a path", Document("tenant", "\"../other\""), "tenant"),
            Of("a tenant of the wrong type", Document("tenant", "[]"), "tenant"),
            Of("a collection that is a sentence", Document("collection", "\"two words\""), "collection"),

            // What stands beside the content.
            Of("a version as text", Document("version", "\"1\""), "version"),
            Of("a version with a fraction", Document("version", "1.5"), "version"),
            Of("a version with an exponent", Document("version", "1e3"), "version"),
            Of("a version of 2^63", Document("version", "9223372036854775808"), "version"),
            Of("a version below 0", Document("version", "-1"), "version"),
            Of("a title of the wrong type", Document("title", "{}"), "title"),
            Of("a title with half a character", Document("title", "\"\\udc00\""), "title"),
            Of("a title without end", Document("title", $"\"{new string('t', 5000)}\""), "title"),
            Of("a language that is none", Document("language", "\"english, mostly\""), "language"),
            Of("a language of the wrong type", Document("language", "1"), "language"),
            Of("a time that is none", Document("time", "\"yesterday\""), "time"),
            Of("a time on 30 February", Document("time", "\"2026-02-30T00:00:00Z\""), "time"),
            Of("a time as a number", Document("time", "1700000000"), "time"),
            Of("metadata that is no object", Document("metadata", "[1]"), "metadata"),
            Of("metadata with a name twice", Document("metadata", """{"a":1,"a":2}"""), "metadata.a"),
            Of("metadata with NUL", Document("metadata", """{"a":"\u0000"}"""), "metadata.a"),

            // Parts.
            Of("no parts", """{"id":"h"}""", "parts"),
            Of("parts that are no array", Document("parts", "{}"), "parts"),
            Of("empty parts", Document("parts", "[]"), "parts"),
            Of("100,000 parts", Document("parts", "[" + string.Join(',', Enumerable.Repeat("""{"type":"text","text":"x"}""", 100_000)) + "]"), "parts"),
            Of("a part that is text", Parts("\"words\""), "parts[0]"),
            Of("a part of no type", Parts("""{"text":"x"}"""), "parts[0].type"),
            Of("a part of an unknown type", Parts(part, """{"type":"video","text":"x"}"""), "parts[1].type"),
            Of("a part with an unknown field", Parts("""{"type":"text","text":"x","size":1}"""), "parts[0].size"),
            Of("a text of the wrong type", Parts("""{"type":"text","text":["x"]}"""), "parts[0].text"),
            Of("a text that is blank", Parts("""{"type":"text","text":" \n "}"""), "parts[0].text"),
            Of("a text with NUL", Parts(part, """{"type":"text","text":"a\u0000b"}"""), "parts[1].text"),
            Of("a text with half a character", Parts("""{"type":"text","text":"a\ud83d"}"""), "parts[0].text"),
            Of("text in a picture", Parts("""{"type":"image","text":"x"}"""), "parts[0].text"),
            Of("a picture in a text", Parts($$"""{"type":"text","text":"x","data":"{{Convert.ToBase64String(Png)}}"}"""), "parts[0].data"),

            // Pictures.
            Of("no picture", Parts("""{"type":"image","alt":"nothing"}"""), "parts[0].data"),
            Of("an empty picture", Parts("""{"type":"image","data":""}"""), "parts[0].data"),
            Of("base64 that is none", Parts("""{"type":"image","data":"%%%%"}"""), "parts[0].data"),
            Of("a data: URL", Parts("""{"type":"image","data":"data:image/png;base64,AAAA"}"""), "parts[0].data"),
            Of("a picture that is text", Picture("hello, I am no picture"u8), "parts[0].data"),
            Of("a GIF", Picture(Pictures.Fixture("other.gif")), "parts[0].data"),
            Of("a BMP", Picture(Pictures.Fixture("other.bmp")), "parts[0].data"),
            Of("a picture by path", Parts("""{"type":"image","path":"/etc/passwd"}"""), "parts[0].path"),
            Of("a picture by address", Parts("""{"type":"image","url":"http://169.254.169.254/latest"}"""), "parts[0].url"),
            Of("a blob of a name that is none", Parts("""{"type":"image","blob":"abc"}"""), "parts[0].blob"),
            Of("a blob that was never uploaded", Parts(part, $$"""{"type":"image","blob":"{{new string('a', 64)}}"}"""), "parts[1].blob") with { SeenAtOnce = false },
            Of("a media type that is a lie", Parts($$"""{"type":"image","media_type":"image/jpeg","data":"{{Convert.ToBase64String(Png)}}"}"""), "parts[0].media_type"),
            Of("a media type that is not taken", Parts($$"""{"type":"image","media_type":"image/tiff","data":"{{Convert.ToBase64String(Png)}}"}"""), "parts[0].media_type"),
            Late("a PNG that breaks off", Picture(Png.AsSpan(0, Png.Length / 2))),
            Late("a JPEG that breaks off", Picture(Pictures.Jpeg(2, 64) is var jpeg ? jpeg.AsSpan(0, jpeg.Length / 2) : default)),
            Late("a WebP that breaks off", Picture(Pictures.Fixture("webp-lossy.webp").AsSpan(0, 300))),
            Late("a PNG of 30,000 x 30,000", Picture(Pictures.PngThatClaims(30_000, 30_000))),
            Late("a real PNG of 30,000 x 30,000", Picture(Pictures.Fixture("png-30000.png"))),
            Late("an animated WebP", Picture(Pictures.Fixture("webp-animated.webp"))),
            Late("a signature and nothing behind it", Picture([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])),

            // What only Kafka has.
            new("a tombstone without a key", new KafkaRecord(null, null), "key", KafkaOnly: true),
            new("a tombstone whose key is not UTF-8", new KafkaRecord([0xFF, 0xFE], null), "key", KafkaOnly: true),
            new("a tombstone with a version that is none", new KafkaRecord("h"u8.ToArray(), null, ("version", "soon")), "headers.version", KafkaOnly: true),
            new("a content type that is not JSON", new KafkaRecord("h"u8.ToArray(), Bytes(Document("title", "\"t\"")), ("content-type", "text/plain")), "headers.content-type", KafkaOnly: true),
            new("an event of an unknown type", new KafkaRecord("h"u8.ToArray(), Bytes(Document("title", "\"t\"")), ("ce_specversion", "1.0"), ("ce_id", "1"), ("ce_source", "/t"), ("ce_type", "order.paid")), "headers.ce_type", KafkaOnly: true),
            new("an event without an id", new KafkaRecord("h"u8.ToArray(), Bytes(Document("title", "\"t\"")), ("ce_specversion", "1.0"), ("ce_source", "/t"), ("ce_type", "com.unifiedvlm.document.upsert")), "headers.ce_id", KafkaOnly: true),
        ];

        string Document(string name, string value)
        {
            var fields = new Dictionary<string, string> { ["id"] = "\"hostile\"", ["tenant"] = $"\"{tenant}\"", ["version"] = "1", ["parts"] = $"[{part}]", [name] = value };
            return "{" + string.Join(',', fields.Select(static f => $"\"{f.Key}\":{f.Value}")) + "}";
        }

        string Parts(params string[] parts) => Document("parts", $"[{string.Join(',', parts)}]");

        string Picture(ReadOnlySpan<byte> file) => Parts($$"""{"type":"image","data":"{{Convert.ToBase64String(file)}}"}""");
    }

    public override string ToString() => Name;

    private static HostileInput Of(string name, string json, string field) => new(name, new KafkaRecord("hostile"u8.ToArray(), Bytes(json)), field);

    private static HostileInput Late(string name, string json) => Of(name, json, "parts[0].data") with { SeenAtOnce = false };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
