using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.CloudEvents;

namespace UnifiedVlm.Tests.Unit.Documents;

public class IngestMessageDecoderTests
{
    private const string Json = """{"id":"a","parts":[{"type":"text","text":"x"}]}""";
    private const string Envelope = "\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/cms\"";

    private static readonly (string, string)[] Upsert =
        [("ce_specversion", "1.0"), ("ce_id", "e-1"), ("ce_source", "/cms"), ("ce_type", EventTypes.Upsert), ("content-type", "application/json; charset=utf-8")];

    private static readonly (string, string)[] Delete =
        [("ce_specversion", "1.0"), ("ce_id", "e-1"), ("ce_source", "/cms"), ("ce_type", EventTypes.Delete)];

    private static readonly (string, string)[] Structured = [("content-type", "application/cloudevents+json; charset=UTF-8")];

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/vnd.acme+json; charset=utf-8")]
    public void A_plain_document_is_an_upsert(string? contentType)
    {
        var message = Decode("other key", Json, contentType is null ? [("trace", "x"), ("version", "not ours")] : [("Content-Type", contentType)]);

        Assert.Equal("a", Assert.IsType<UpsertMessage>(message).Document.Id);
    }

    [Fact]
    public void A_binary_event_is_an_upsert()
    {
        var message = Decode("a", Json, [.. Upsert, ("ce_tenant", "acme"), ("ce_version", "42"), ("ce_subject", "a"), ("ce_time", "2026-01-31T12:00:00.5+01:00"), ("Ce_Traceparent", "y"), ("ce_my-trace", "z"), ("traceparent", "x")]);

        var document = Assert.IsType<UpsertMessage>(message).Document;
        Assert.Equal(("a", "acme", 42L), (document.Id, document.Tenant, document.Version));
    }

    [Theory]
    [InlineData("\"version\":\"42\"")]
    [InlineData("\"version\":42")]
    public void A_structured_event_is_an_upsert(string version)
    {
        var message = Decode("a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data": {{Json}} ,"tenant":"acme","extra":true,"subject":null,{{version}}}""", Structured);

        var document = Assert.IsType<UpsertMessage>(message).Document;
        Assert.Equal(("a", "acme", 42L), (document.Id, document.Tenant, document.Version));
    }

    [Fact]
    public void A_byte_order_mark_before_a_structured_event_is_skipped()
    {
        var value = "\uFEFF" + $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data":{{Json}} }""";

        Assert.Equal("a", Assert.IsType<UpsertMessage>(Decode("a", value, Structured)).Document.Id);
        Assert.Equal(new RecordIdentity("default", "a"), IngestMessageDecoder.Identify(null, Encoding.UTF8.GetBytes(value), [KeyValuePair.Create("content-type", "application/cloudevents+json"u8.ToArray())]));
    }

    [Fact]
    public void A_structured_event_may_carry_base64() =>
        Assert.IsType<UpsertMessage>(Decode("", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data_base64":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(Json))}}"}""", Structured));

    [Theory]
    [InlineData("/", "\\/")]
    [InlineData("+", "\\u002B")]
    public void Base64_may_be_escaped_like_any_string(string character, string escaped)
    {
        var base64 = Convert.ToBase64String("""{"id":"a","parts":[{"type":"text","text":"?????>>>>>"}]}"""u8);
        Assert.Contains(character, base64, StringComparison.Ordinal);

        var message = Decode("", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data_base64":"{{base64.Replace(character, escaped, StringComparison.Ordinal)}}"}""", Structured);

        Assert.Equal("?????>>>>>", Assert.IsType<TextPart>(Assert.Single(Assert.IsType<UpsertMessage>(message).Document.Parts)).Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData(" {} ")]
    public void A_binary_delete_names_its_subject(string? value) =>
        Assert.Equal(new DeleteMessage("acme", "b/1", 7), Decode("a", value, [.. Delete, ("ce_subject", "b/1"), ("ce_version", "7"), ("ce_tenant", "acme")]));

    [Fact]
    public void A_binary_delete_without_subject_takes_the_key() =>
        Assert.Equal(new DeleteMessage("default", "a", null), Decode("a", null, Delete));

    [Theory]
    [InlineData("")]
    [InlineData(",\"data\":null")]
    public void A_structured_delete_names_its_subject(string data) =>
        Assert.Equal(new DeleteMessage("default", "ä", 3), Decode("x", $$"""{ {{Envelope}},"type":"{{EventTypes.Delete}}","subject":"ä","version":3{{data}}}""", Structured));

    [Fact]
    public void A_structured_event_may_repeat_its_attributes_as_headers_and_what_it_says_itself_counts()
    {
        var value = $$"""{ {{Envelope}},"type":"{{EventTypes.Delete}}","subject":"a","version":3}""";
        Assert.Equal(new DeleteMessage("default", "a", 3), Decode("x", value, [.. Structured, .. Upsert[..4], ("ce_subject", "another")]));
    }

    [Fact]
    public void A_tombstone_deletes_what_its_key_names()
    {
        Assert.Equal(new DeleteMessage("default", "ä/1", null), Decode("ä/1", null, []));
        Assert.Equal(new DeleteMessage("acme", "a", 9), Decode("a", null, [("tenant", "acme"), ("version", "9")]));
        Assert.Equal(new DeleteMessage("acme", "a", 9), Decode("a", null, [("ce_tenant", "acme"), ("ce_version", "9"), ("version", "9")]));
        Assert.Equal(new DeleteMessage("mine", "a", null), Decode("a", null, [], new DocumentReadOptions { DefaultTenant = "mine" }));
    }

    public static TheoryData<string> FaultNames => [.. Faults.Select(static f => f.Name)];

    private static (string Name, string Field, string Key, string? Value, (string, string)[] Headers)[] Faults =>
    [
        ("empty value", "$", "a", "", []),
        ("wrong content type", "headers.content-type", "a", Json, [("content-type", "text/plain")]),
        ("batch", "headers.content-type", "a", "[]", [("content-type", "application/cloudevents-batch+json")]),
        ("content type twice", "headers.content-type", "a", Json, [("content-type", "application/json"), ("Content-Type", "application/json")]),
        ("plain error", "parts", "a", """{"id":"a"}""", []),

        ("tombstone without key", "key", "", null, []),
        ("tombstone with control character", "key", "a\n", null, []),
        ("tombstone with long key", "key", new string('a', 513), null, []),
        ("tombstone version", "headers.version", "a", null, [("version", "v2")]),
        ("tombstone negative version", "headers.ce_version", "a", null, [("ce_version", "-1")]),
        ("tombstone version with space", "headers.version", "a", null, [("version", " 1")]),
        ("tombstone tenant", "headers.tenant", "a", null, [("tenant", "a b")]),
        ("tombstone two versions", "headers.version", "a", null, [("version", "1"), ("ce_version", "2")]),
        ("tombstone version twice", "headers.version", "a", null, [("version", "1"), ("version", "1")]),

        ("binary without specversion", "headers.ce_specversion", "a", Json, Upsert[1..]),
        ("binary wrong specversion", "headers.ce_specversion", "a", Json, [("ce_specversion", "0.3"), .. Upsert[1..]]),
        ("binary without id", "headers.ce_id", "a", Json, [Upsert[0], .. Upsert[2..]]),
        ("binary without source", "headers.ce_source", "a", Json, [.. Upsert[..2], .. Upsert[3..]]),
        ("binary empty source", "headers.ce_source", "a", Json, [.. Upsert[..2], ("ce_source", ""), .. Upsert[3..]]),
        ("binary without type", "headers.ce_type", "a", Json, Upsert[..3]),
        ("binary other type", "headers.ce_type", "a", Json, [.. Upsert[..3], ("ce_type", "com.example.order")]),
        ("binary type twice", "headers.ce_type", "a", Json, [.. Upsert, ("ce_type", EventTypes.Delete)]),
        ("binary not JSON", "headers.content-type", "a", Json, [.. Upsert[..4], ("content-type", "application/avro")]),
        ("binary upsert without value", "$", "a", null, Upsert),
        ("binary document error", "id", "a", """{"parts":[]}""".Replace("[]", "[{\"type\":\"text\",\"text\":\"x\"}]"), Upsert),
        ("binary tenant contradicts", "headers.ce_tenant", "a", Json.Replace("{\"id\"", "{\"tenant\":\"t\",\"id\""), [.. Upsert, ("ce_tenant", "u")]),
        ("binary tenant wrong", "headers.ce_tenant", "a", Json, [.. Upsert, ("ce_tenant", "u v")]),
        ("binary subject contradicts", "headers.ce_subject", "a", Json, [.. Upsert, ("ce_subject", "b")]),
        ("binary version contradicts", "headers.ce_version", "a", Json.Replace("{\"id\"", "{\"version\":1,\"id\""), [.. Upsert, ("ce_version", "2")]),
        ("binary version wrong", "headers.ce_version", "a", Json, [.. Upsert, ("ce_version", "1.0")]),
        ("binary long attribute", "headers.ce_id", "a", Json, [Upsert[0], ("ce_id", new string('x', 5000)), .. Upsert[2..]]),
        ("delete with data", "$", "a", Json, [.. Delete, ("ce_subject", "a")]),
        ("delete without subject and key", "headers.ce_subject", "", null, Delete),
        ("delete with wrong subject", "headers.ce_subject", "a", null, [.. Delete, ("ce_subject", "a\u0001")]),

        ("structured not an object", "$", "a", "[]", Structured),
        ("structured broken", "$", "a", "{\"id\":", Structured),
        ("structured without data", "data", "a", $$$"""{ {{{Envelope}}},"type":"{{{EventTypes.Upsert}}}"}""", Structured),
        ("structured data null", "data", "a", $$$"""{ {{{Envelope}}},"type":"{{{EventTypes.Upsert}}}","data":null}""", Structured),
        ("structured data string", "data", "a", $$$"""{ {{{Envelope}}},"type":"{{{EventTypes.Upsert}}}","data":"x"}""", Structured),
        ("structured document error", "data.parts[0].text", "a", $$$"""{ {{{Envelope}}},"type":"{{{EventTypes.Upsert}}}","data":{"id":"a","parts":[{"type":"text","text":1}]}}""", Structured),
        ("structured document too deep", "data.metadata.a" + string.Concat(Enumerable.Repeat("[0]", 30)), "a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data":{"id":"a","metadata":{"a":{{new string('[', 100)}}{{new string(']', 100)}} } } }""", Structured),
        ("structured document not closed", "$", "a", $$$"""{ {{{Envelope}}},"type":"{{{EventTypes.Upsert}}}","data":{"id":"a","parts":[{"type":"text","text":"x"}]}""", Structured),
        ("structured both kinds of data", "data_base64", "a", $$$"""{ {{{Envelope}}},"data":{},"data_base64":"e30="}""", Structured),
        ("structured bad base64", "data_base64", "a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data_base64":"!"}""", Structured),
        ("structured base64 with lone surrogate", "data_base64", "a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data_base64":"\ud800"}""", Structured),
        ("structured base64 of another kind", "data_base64", "a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","data_base64":1}""", Structured),
        ("structured id twice", "id", "a", $$"""{ {{Envelope}},"id":"e-2"}""", Structured),
        ("structured type object", "type", "a", $$$"""{ {{{Envelope}}},"type":{}}""", Structured),
        ("structured without type", "type", "a", $$"""{ {{Envelope}}}""", Structured),
        ("structured without source", "source", "a", """{"specversion":"1.0","id":"e"}""", Structured),
        ("structured other content", "datacontenttype", "a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","datacontenttype":"text/xml","data":{} }""", Structured),
        ("structured delete with data", "data", "a", $$$"""{ {{{Envelope}}},"type":"{{{EventTypes.Delete}}}","subject":"a","data":{"id":"a"}}""", Structured),
        ("structured name with NUL", "$", "a", "{\"a\\u0000\":1}", Structured),
        ("structured time", "time", "a", $$"""{ {{Envelope}},"type":"{{EventTypes.Upsert}}","time":"yesterday","data":{{Json}} }""", Structured),
        ("binary time", "headers.ce_time", "a", Json, [.. Upsert, ("ce_time", "2026-01-31")]),
        ("structured attribute with lone surrogate", "subject", "a", $$"""{ {{Envelope}},"subject":"\ud800"}""", Structured),
    ];

    [Theory]
    [MemberData(nameof(FaultNames))]
    public void Faults_are_refused_naming_the_field(string name)
    {
        var fault = Faults.Single(f => f.Name == name);

        var error = Assert.Throws<DocumentRejectedException>(() => Decode(fault.Key, fault.Value, fault.Headers));

        Assert.Equal(fault.Field, error.Field);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void Keys_and_headers_must_be_utf8()
    {
        byte[] invalid = [0xC3, 0x28];

        Assert.Equal("key", Assert.Throws<DocumentRejectedException>(() => IngestMessageDecoder.Decode(invalid, null, [])).Field);
        Assert.Equal("headers.tenant", Assert.Throws<DocumentRejectedException>(() => IngestMessageDecoder.Decode("a"u8.ToArray(), null, [new("tenant", invalid)])).Field);
        Assert.Equal("headers.tenant", Assert.Throws<DocumentRejectedException>(() => IngestMessageDecoder.Decode("a"u8.ToArray(), null, [new("tenant", null!)])).Field);
    }

    [Fact]
    public void A_structured_event_is_limited_as_a_whole()
    {
        var options = new DocumentReadOptions { Limits = new DocumentLimits { MaxDocumentBytes = 100 } };

        var error = Assert.Throws<DocumentRejectedException>(() => Decode("a", $$"""{ {{Envelope}},"x":"{{new string('x', 100)}}"}""", Structured, options));

        Assert.Equal("$", error.Field);
    }

    [Theory]
    [InlineData("k", """{"tenant":"t","id":"a","parts":[{"type":"te""", "", "t", "a")]
    [InlineData("k", """{"id":"a","parts":[[[]]],"tenant":"t"}""", "", "t", "a")]
    [InlineData("k", """{"x":{"id":"no"},"id":1}""", "", "default", "k")]
    [InlineData("k", "not json", "", null, "k")]
    [InlineData("k", "", "", "default", "k")]
    [InlineData("", "[]", "", null, null)]
    [InlineData("k", "{", "ce_subject: s, ce_tenant: u", "u", "s")]
    [InlineData("k", null, "tenant: u", "u", "k")]
    [InlineData("k", """{"id":"e-1","subject":"s","tenant":"t","data":{"id":"a"},""", "content-type: application/cloudevents+json", "t", "a")]
    [InlineData("k", """{"id":"e-1","subject":"s","data":"x"}""", "content-type: application/cloudevents+json", "default", "s")]
    [InlineData("k", "{\"id\":\"a\\u0000\",\"tenant\":\"\\ud800\"}", "", null, "a\uFFFD")]
    [InlineData("k", """{"id":"a","parts":[]}""", "", "default", "a")]
    [InlineData("k", """{"id":"a","parts":[]}""", "tenant: u", "u", "a")]
    [InlineData("k", """{"id":"a","tenant":7}""", "", null, "a")]
    [InlineData("k", """{"id":"a","parts":[""", "", null, "a")]
    [InlineData("k", """{"subject":"s","data":{"id":"a","tenant":7}}""", "content-type: application/cloudevents+json", null, "a")]
    [InlineData("k", """{"subject":"s","data_base64":"eyJ0ZW5hbnQiOiJ0In0="}""", "content-type: application/cloudevents+json", null, "s")]
    public void A_refused_record_still_tells_what_it_was_about(string key, string? value, string headers, string? tenant, string? id)
    {
        var pairs = headers.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(static h => h.Split(": "));

        var identity = IngestMessageDecoder.Identify(
            Encoding.UTF8.GetBytes(key),
            value is null ? null : Encoding.UTF8.GetBytes(value),
            [.. pairs.Select(static p => KeyValuePair.Create(p[0], Encoding.UTF8.GetBytes(p[1])))]);

        Assert.Equal(new RecordIdentity(tenant, id), identity);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_no_tenant_can_be_called_is_nobodys_of_any_length(bool isHeader)
    {
        var tenant = new string('\u20AC', 1000);
        var json = "{\"id\":\"a\"" + (isHeader ? "" : $",\"tenant\":\"{tenant}\"") + "}";

        var identity = IngestMessageDecoder.Identify(null, Encoding.UTF8.GetBytes(json), [new("tenant", Encoding.UTF8.GetBytes(isHeader ? tenant : "acme"))]);

        Assert.Equal(new RecordIdentity(null, "a"), identity);
    }

    private static IngestMessage Decode(string key, string? value, (string Name, string Value)[] headers, DocumentReadOptions? options = null) =>
        IngestMessageDecoder.Decode(
            Encoding.UTF8.GetBytes(key),
            value is null ? null : Encoding.UTF8.GetBytes(value),
            [.. headers.Select(static h => KeyValuePair.Create(h.Name, Encoding.UTF8.GetBytes(h.Value)))],
            options);
}
