namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>Valid and invalid documents. All sources of pictures are switched on; what is refused by options has tests of its own.</summary>
internal static class DocumentCases
{
    private static readonly string Png = TestPictures.Base64(TestPictures.Png(8, 8));
    private static readonly string Jpeg = TestPictures.Base64(TestPictures.Jpeg(8, 8));
    private static readonly string WebP = TestPictures.Base64(TestPictures.WebP("VP8", 8, 8));

    public static IEnumerable<DocumentCase> Valid =>
    [
        Good("text only", Doc("")),
        Good("all fields", """
            {"id":"a/b c","version":9223372036854775807,"tenant":"acme","collection":"manuals-2","title":"T","language":"zh-Hant-TW",
             "time":"2024-02-29T23:59:59.123456789+05:30","metadata":{"a":[1,2.5,"x",null,true,{"b":{}}]},"parts":[{"type":"text","text":"x"}]}
            """),
        Good("optional fields null", Doc("\"version\":null,\"tenant\":null,\"collection\":null,\"title\":null,\"language\":null,\"time\":null,\"metadata\":null,")),
        Good("version 0", Doc("\"version\":0,")),
        Good("empty title", Doc("\"title\":\"\",")),
        Good("private language", Doc("\"language\":\"x-klingon\",")),
        Good("png", Part($$"""{"type":"image","data":"{{Png}}","media_type":"image/png","alt":"a"}""")),
        Good("jpeg, type in capitals", Part($$"""{"data":"{{Jpeg}}","media_type":"IMAGE/JPEG","type":"image"}""")),
        Good("webp without media_type", Part($$"""{"type":"image","data":"{{WebP}}"}""")),
        Good("base64 with escaped slashes", Part($$"""{"type":"image","data":"{{TestPictures.Base64([.. TestPictures.Png(1, 1), 255, 255]).Replace("/", "\\/")}}"}""")),
        Good("nulls beside data", Part($$"""{"type":"image","data":"{{Png}}","path":null,"blob":null,"url":null,"alt":null,"media_type":null,"text":null}""")),
        Good("nulls beside text", Part("""{"type":"text","text":"x","alt":null,"data":null,"path":null,"blob":null,"url":null,"media_type":null}""")),
        Good("path", Part("""{"type":"image","path":"a/b.png","alt":""}""")),
        Good("blob", Part($$"""{"type":"image","blob":"{{new string('a', 64)}}","alt":"x"}""")),
        Good("blob in capitals", Part($$"""{"type":"image","blob":"{{new string('A', 64)}}"}""")),
        Good("url", Part("""{"type":"image","url":"https://example.org/a@b.png?x=1"}""")),
        Good("emoji as escapes", Part("""{"type":"text","text":"\ud83d\ude00"}""")),
        Good("512 characters of id", $$"""{"id":"{{new string('é', 512)}}","parts":[{"type":"text","text":"x"}]}"""),
    ];

    public static IEnumerable<DocumentCase> Invalid =>
    [

        // What is not a document at all.
        Bad("empty", "", "$"),
        Bad("spaces", "  \n", "$"),
        Bad("broken", "{\"id\":\"a\",", "$"),
        Bad("cut in a string", "{\"id\":\"a", "$"),
        Bad("trailing comma", "{\"id\":\"a\",}", "$"),
        Bad("comment", "{/* no */}", "$"),
        Bad("two documents", Doc("") + Doc(""), "$"),
        Bad("single quotes", "{'id':'a'}", "$"),
        Schema("array", "[]", "$"),
        Schema("null", "null", "$"),
        Schema("string", "\"x\"", "$"),
        Schema("number", "1", "$"),

        // id
        Schema("id missing", """{"parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id null", """{"id":null,"parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id number", """{"id":1,"parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id empty", """{"id":"","parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id blank", """{"id":" \u2003","parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id too long", $$"""{"id":"{{new string('a', 513)}}","parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id with line feed", """{"id":"a\nb","parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id with NUL", """{"id":"a\u0000b","parts":[{"type":"text","text":"x"}]}""", "id"),
        Schema("id with C1 control", """{"id":"a\u0085b","parts":[{"type":"text","text":"x"}]}""", "id"),
        Bad("id with lone surrogate", """{"id":"a\ud800b","parts":[{"type":"text","text":"x"}]}""", "id"),
        Bad("id twice", """{"id":"a","id":"a","parts":[{"type":"text","text":"x"}]}""", "id"),
        Bad("id twice by escape", """{"id":"a","\u0069d":"a","parts":[{"type":"text","text":"x"}]}""", "id"),

        // version
        Schema("version string", Doc("\"version\":\"1\","), "version"),
        Schema("version negative", Doc("\"version\":-1,"), "version"),
        Schema("version fraction", Doc("\"version\":1.5,"), "version"),
        Bad("version 1.0", Doc("\"version\":1.0,"), "version"),
        Bad("version 1e3", Doc("\"version\":1e3,"), "version"),
        Schema("version too large", Doc("\"version\":9223372036854775808,"), "version"),
        Schema("version bool", Doc("\"version\":true,"), "version"),

        // names
        Schema("tenant empty", Doc("\"tenant\":\"\","), "tenant"),
        Schema("tenant with slash", Doc("\"tenant\":\"a/b\","), "tenant"),
        Schema("tenant starting with dot", Doc("\"tenant\":\".a\","), "tenant"),
        Schema("tenant too long", Doc($"\"tenant\":\"{new string('a', 65)}\","), "tenant"),
        Schema("tenant with line feed at the end", Doc("\"tenant\":\"a\\n\","), "tenant"),
        Schema("tenant number", Doc("\"tenant\":1,"), "tenant"),
        Schema("collection with space", Doc("\"collection\":\"a b\","), "collection"),
        Schema("collection with umlaut", Doc("\"collection\":\"ä\","), "collection"),

        // title, language, time
        Schema("title number", Doc("\"title\":1,"), "title"),
        Schema("title with NUL", Doc("\"title\":\"\\u0000\","), "title"),
        Schema("title too long", Doc($"\"title\":\"{new string('a', 2049)}\","), "title"),
        Schema("language with underscore", Doc("\"language\":\"en_US\","), "language"),
        Schema("language empty", Doc("\"language\":\"\","), "language"),
        Schema("language too short", Doc("\"language\":\"e\","), "language"),
        Schema("language subtag too long", Doc("\"language\":\"en-abcdefghi\","), "language"),
        Schema("time without offset", Doc("\"time\":\"2024-01-01T00:00:00\","), "time"),
        Schema("time without time", Doc("\"time\":\"2024-01-01\","), "time"),
        Bad("time with 13 months", Doc("\"time\":\"2024-13-01T00:00:00Z\","), "time"),
        Bad("time on 29 February 2023", Doc("\"time\":\"2023-02-29T00:00:00Z\","), "time"),
        Bad("time before year 1", Doc("\"time\":\"0001-01-01T00:00:00+01:00\","), "time"),
        Schema("time as a number", Doc("\"time\":1700000000,"), "time"),

        // metadata
        Schema("metadata array", Doc("\"metadata\":[],"), "metadata"),
        Schema("metadata string", Doc("\"metadata\":\"x\","), "metadata"),
        Bad("metadata with NUL", Doc("\"metadata\":{\"a\":[\"\\u0000\"]},"), "metadata.a[0]"),
        Bad("metadata name with NUL", Doc("\"metadata\":{\"\\u0000\":1},"), "metadata.\\u0000"),
        Bad("metadata name twice", Doc("\"metadata\":{\"a\":{\"b\":1,\"\\u0062\":2}},"), "metadata.a.\\u0062"),
        Bad("metadata with lone surrogate", Doc("\"metadata\":{\"a\":{\"b\":\"\\udc00\"}},"), "metadata.a.b"),
        Bad("metadata too deep", Doc($"\"metadata\":{{\"a\":{new string('[', 31)}{new string(']', 31)}}},"), "metadata.a" + string.Concat(Enumerable.Repeat("[0]", 30))),
        Bad("metadata with huge number", Doc("\"metadata\":{\"a\":1e400},"), "metadata.a"),
        Bad("metadata with tiny number", Doc("\"metadata\":{\"a\":1e-400},"), "metadata.a"),
        Bad("metadata with 100 digits", Doc($"\"metadata\":{{\"a\":{new string('1', 100)}}},"), "metadata.a"),
        Bad("metadata too large", Doc($"\"metadata\":{{\"a\":\"{new string('x', 256 << 10)}\"}},"), "metadata"),

        // unknown fields
        Schema("unknown field", Doc("\"colour\":1,"), "colour"),
        Schema("misspelt field", Doc("\"titel\":\"x\","), "titel"),
        Schema("unknown part field", Part("""{"type":"text","text":"x","colour":1}"""), "parts[0].colour"),
        Bad("unknown field that is not UTF-8 escaped", Doc("\"\\ud800\":1,"), "\\ud800"),

        // parts
        Schema("parts missing", """{"id":"a"}""", "parts"),
        Schema("parts null", """{"id":"a","parts":null}""", "parts"),
        Schema("parts object", """{"id":"a","parts":{}}""", "parts"),
        Schema("parts empty", """{"id":"a","parts":[]}""", "parts"),
        Schema("part string", Part("\"x\""), "parts[0]"),
        Schema("part array", Part("[[[]]]"), "parts[0]"),
        Schema("part null", Part("null"), "parts[0]"),
        Schema("type missing", Part("""{"text":"x"}"""), "parts[0].type"),
        Schema("type null", Part("""{"type":null,"text":"x"}"""), "parts[0].type"),
        Schema("type number", Part("""{"type":1}"""), "parts[0].type"),
        Schema("type unknown", Part("""{"type":"video"}"""), "parts[0].type"),
        Schema("type in capitals", Part("""{"type":"Text","text":"x"}"""), "parts[0].type"),
        Bad("second part wrong", """{"id":"a","parts":[{"type":"text","text":"x"},{"type":"text","text":"y","text":"z"}]}""", "parts[1].text"),

        // text parts
        Schema("text missing", Part("""{"type":"text"}"""), "parts[0].text"),
        Schema("text null", Part("""{"type":"text","text":null}"""), "parts[0].text"),
        Schema("text number", Part("""{"type":"text","text":1}"""), "parts[0].text"),
        Schema("text empty", Part("""{"type":"text","text":""}"""), "parts[0].text"),
        Schema("text blank", Part("""{"type":"text","text":" \n\t"}"""), "parts[0].text"),
        Schema("text with NUL", Part("""{"type":"text","text":"a\u0000"}"""), "parts[0].text"),
        Bad("text with lone high surrogate", Part("""{"type":"text","text":"a\ud83d"}"""), "parts[0].text"),
        Bad("text with lone low surrogate", Part("""{"type":"text","text":"\ude00a"}"""), "parts[0].text"),
        Bad("text with swapped surrogates", Part("""{"type":"text","text":"\ude00\ud83d"}"""), "parts[0].text"),
        Schema("text with data", Part($$"""{"type":"text","text":"x","data":"{{Png}}"}"""), "parts[0].data"),
        Schema("text with alt", Part("""{"type":"text","text":"x","alt":"y"}"""), "parts[0].alt"),
        Schema("text with media_type", Part("""{"type":"text","text":"x","media_type":"text/plain"}"""), "parts[0].media_type"),

        // image parts
        Schema("image without source", Part("""{"type":"image","alt":"x"}"""), "parts[0].data"),
        Schema("image with text", Part($$"""{"type":"image","text":"x","data":"{{Png}}"}"""), "parts[0].text"),
        Schema("data and path", Part($$"""{"type":"image","data":"{{Png}}","path":"a.png"}"""), "parts[0].path"),
        Schema("data and url", Part($$"""{"type":"image","data":"{{Png}}","url":"https://example.org/a"}"""), "parts[0].url"),
        Schema("path and url", Part("""{"type":"image","path":"a.png","url":"https://example.org/a"}"""), "parts[0].url"),
        Schema("data and blob", Part($$"""{"type":"image","data":"{{Png}}","blob":"{{new string('a', 64)}}"}"""), "parts[0].blob"),
        Schema("blob and url", Part($$"""{"type":"image","blob":"{{new string('a', 64)}}","url":"https://example.org/a"}"""), "parts[0].url"),
        Schema("blob too short", Part($$"""{"type":"image","blob":"{{new string('a', 63)}}"}"""), "parts[0].blob"),
        Schema("blob too long", Part($$"""{"type":"image","blob":"{{new string('a', 65)}}"}"""), "parts[0].blob"),
        Schema("blob not hexadecimal", Part($$"""{"type":"image","blob":"{{new string('g', 64)}}"}"""), "parts[0].blob"),
        Schema("blob number", Part("""{"type":"image","blob":1}"""), "parts[0].blob"),
        Schema("blob with media_type", Part($$"""{"type":"image","blob":"{{new string('a', 64)}}","media_type":"image/png"}"""), "parts[0].media_type"),
        Schema("text with blob", Part($$"""{"type":"text","text":"x","blob":"{{new string('a', 64)}}"}"""), "parts[0].blob"),
        Schema("data number", Part("""{"type":"image","data":1}"""), "parts[0].data"),
        Schema("data array", Part("""{"type":"image","data":[1,2]}"""), "parts[0].data"),
        Schema("data empty", Part("""{"type":"image","data":""}"""), "parts[0].data"),
        Bad("data not base64", Part("""{"type":"image","data":"!!!!!!!!"}"""), "parts[0].data"),
        Bad("data base64url", Part("""{"type":"image","data":"iVBORw0KGgo_-_-_"}"""), "parts[0].data"),
        Bad("data without padding", Part($$"""{"type":"image","data":"{{Png.TrimEnd('=')}}"}"""), "parts[0].data"),
        Bad("data with lone surrogate", Part("""{"type":"image","data":"\ud800AAA"}"""), "parts[0].data"),
        Bad("data URL", Part($$"""{"type":"image","data":"data:image/png;base64,{{Png}}"}"""), "parts[0].data"),
        Bad("data is a GIF", Part($$"""{"type":"image","data":"{{TestPictures.Base64("GIF89a_________"u8.ToArray())}}"}"""), "parts[0].data"),
        Bad("data is HTML", Part($$"""{"type":"image","data":"{{TestPictures.Base64("<html></html>"u8.ToArray())}}","media_type":"image/png"}"""), "parts[0].data"),
        Bad("media_type contradicts", Part($$"""{"type":"image","data":"{{Png}}","media_type":"image/jpeg"}"""), "parts[0].media_type"),
        Bad("media_type contradicts, named first", Part($$"""{"media_type":"image/webp","type":"image","data":"{{Jpeg}}"}"""), "parts[0].media_type"),
        Schema("media_type gif", Part($$"""{"type":"image","data":"{{Png}}","media_type":"image/gif"}"""), "parts[0].media_type"),
        Schema("media_type jpg", Part($$"""{"type":"image","data":"{{Jpeg}}","media_type":"image/jpg"}"""), "parts[0].media_type"),
        Schema("media_type empty", Part($$"""{"type":"image","data":"{{Jpeg}}","media_type":""}"""), "parts[0].media_type"),
        Schema("media_type with path", Part("""{"type":"image","path":"a.png","media_type":"image/png"}"""), "parts[0].media_type"),
        Schema("path empty", Part("""{"type":"image","path":""}"""), "parts[0].path"),
        Schema("path with NUL", Part("""{"type":"image","path":"a\u0000"}"""), "parts[0].path"),
        Schema("path too long", Part($$"""{"type":"image","path":"{{new string('a', 4097)}}"}"""), "parts[0].path"),
        Schema("url relative", Part("""{"type":"image","url":"/a.png"}"""), "parts[0].url"),
        Schema("url file", Part("""{"type":"image","url":"file:///etc/passwd"}"""), "parts[0].url"),
        Schema("url with password", Part("""{"type":"image","url":"https://u:p@example.org/"}"""), "parts[0].url"),
        Schema("url too long", Part($$"""{"type":"image","url":"https://example.org/{{new string('a', 2048)}}"}"""), "parts[0].url"),
        Schema("alt number", Part($$"""{"type":"image","data":"{{Png}}","alt":1}"""), "parts[0].alt"),
        Schema("alt too long", Part($$"""{"type":"image","data":"{{Png}}","alt":"{{new string('a', 16385)}}"}"""), "parts[0].alt"),
        Schema("alt with NUL", Part($$"""{"type":"image","data":"{{Png}}","alt":"\u0000"}"""), "parts[0].alt"),
    ];

    public static string Doc(string fields) => $$"""{"id":"a",{{fields}}"parts":[{"type":"text","text":"x"}]}""";

    public static string Part(string part) => $$"""{"id":"a","parts":[{{part}}]}""";

    private static DocumentCase Good(string name, string json) => new(name, json, null, InSchema: true);

    private static DocumentCase Bad(string name, string json, string field) => new(name, json, field, InSchema: false);

    private static DocumentCase Schema(string name, string json, string field) => new(name, json, field, InSchema: true);
}
