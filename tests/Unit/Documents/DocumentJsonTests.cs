using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Tests.Unit.Documents;

public class DocumentJsonTests
{
    private static readonly DocumentReadOptions Everything = new() { AllowFilePaths = true, AllowBlobs = true, AllowUrls = true };

    public static TheoryData<string> ValidNames => [.. DocumentCases.Valid.Select(static c => c.Name)];

    public static TheoryData<string> InvalidNames => [.. DocumentCases.Invalid.Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(ValidNames))]
    public void Valid_documents_are_read_and_survive_being_written(string name)
    {
        var json = DocumentCases.Valid.Single(c => c.Name == name).Json;

        var document = Parse(json, Everything);
        var again = DocumentJson.Parse(DocumentJson.Serialize(document), Everything);

        DocumentAssert.Same(document, again);
        DocumentValidator.Validate(document, Everything);
    }

    [Theory]
    [MemberData(nameof(InvalidNames))]
    public void Invalid_documents_are_refused_naming_the_field_and_the_fix(string name)
    {
        var invalid = DocumentCases.Invalid.Single(c => c.Name == name);

        var error = Assert.Throws<DocumentRejectedException>(() => Parse(invalid.Json, Everything));

        Assert.Equal(invalid.Field, error.Field);
        Assert.StartsWith(error.Field, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Problem);
        Assert.Matches(@"[.?:]$", error.Fix);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Case_names_are_unique()
    {
        var names = DocumentCases.Valid.Concat(DocumentCases.Invalid).Select(static c => c.Name).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Every_field_is_read()
    {
        var document = Parse(
            $$"""
            {"id":"guide/7","version":42,"tenant":"acme","collection":"manuals","title":"Pumps","language":"pt-BR","time":"2024-05-01T12:00:00.1234567+02:00",
             "metadata":{"pages":3,"big":12345678901234567890,"price":1.50},
             "parts":[{"type":"text","text":"Öl prüfen"},{"type":"image","data":"{{TestPictures.Base64(TestPictures.Png(8, 8))}}","alt":"the dipstick"},
                      {"type":"image","path":"p/1.jpg"},{"type":"image","url":"https://example.org/2.png"},
                      {"type":"image","blob":"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"}]}
            """,
            Everything);

        Assert.Equal("guide/7", document.Id);
        Assert.Equal(42, document.Version);
        Assert.Equal("acme", document.Tenant);
        Assert.Equal("manuals", document.Collection);
        Assert.Equal("Pumps", document.Title);
        Assert.Equal("pt-BR", document.Language);
        Assert.Equal(new DateTimeOffset(2024, 5, 1, 10, 0, 0, TimeSpan.Zero).AddMicroseconds(123456), document.Time);
        Assert.Equal("""{"pages":3,"big":12345678901234567890,"price":1.50}""", document.Metadata!.ToJsonString());
        Assert.Equal(new TextPart("Öl prüfen"), document.Parts[0]);
        var inline = Assert.IsType<InlineImage>(Assert.IsType<ImagePart>(document.Parts[1]).Source);
        Assert.Equal(TestPictures.Png(8, 8), inline.Data.ToArray());
        Assert.Equal("image/png", inline.MediaType);
        Assert.Equal("the dipstick", ((ImagePart)document.Parts[1]).Alt);
        Assert.Equal(new ImagePart(new FileImage("p/1.jpg")), document.Parts[2]);
        Assert.Equal(new ImagePart(new UrlImage(new Uri("https://example.org/2.png"))), document.Parts[3]);
        Assert.Equal(new ImagePart(new BlobImage("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")), document.Parts[4]);
    }

    [Fact]
    public void What_is_absent_comes_from_the_options()
    {
        var document = Parse(DocumentCases.Doc(""), new DocumentReadOptions { DefaultTenant = "t1", DefaultCollection = "c1" });

        Assert.Equal(("t1", "c1"), (document.Tenant, document.Collection));
        Assert.Null(document.Version);
        Assert.Null(document.Metadata);
    }

    [Fact]
    public void Metadata_can_be_changed_and_read_after_the_message_is_gone()
    {
        var message = Encoding.UTF8.GetBytes(DocumentCases.Doc("\"metadata\":{\"a\":{\"b\":\"c\"}},"));
        var document = DocumentJson.Parse(message);
        Array.Clear(message);

        document.Metadata!["a"]!["d"] = JsonValue.Create(1);

        Assert.Equal("""{"a":{"b":"c","d":1}}""", document.Metadata.ToJsonString());
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over() =>
        Assert.Equal("a", DocumentJson.Parse(Encoding.UTF8.GetBytes('\uFEFF' + DocumentCases.Doc(""))).Id);

    [Theory]
    [InlineData("parts[0].path", """{"type":"image","path":"a.png"}""", "local sources")]
    [InlineData("parts[0].url", """{"type":"image","url":"https://example.org/a.png"}""", "--fetch-hosts")]
    [InlineData("parts[0].blob", """{"type":"image","blob":"aa"}""", "no store here")]
    public void Paths_blobs_and_urls_are_off_unless_switched_on(string field, string part, string words)
    {
        var error = Assert.Throws<DocumentRejectedException>(() => Parse(DocumentCases.Part(part), DocumentReadOptions.Default));

        Assert.Equal(field, error.Field);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("titel", "title")]
    [InlineData("Tenant_", "tenant")]
    [InlineData("_id", "id")]
    [InlineData("lang", "language")]
    [InlineData("content", "parts")]
    [InlineData("meta_data", "metadata")]
    public void An_unknown_field_is_answered_with_the_nearest_name(string unknown, string nearest)
    {
        var error = Assert.Throws<DocumentRejectedException>(() => Parse(DocumentCases.Doc($"\"{unknown}\":1,"), Everything));

        Assert.Equal($"Did you mean '{nearest}'?", error.Fix);
    }

    [Theory]
    [InlineData("mimeType", "media_type")]
    [InlineData("mime_type", "media_type")]
    [InlineData("image_url", "url")]
    [InlineData("content", "text")]
    public void An_unknown_part_field_is_answered_with_the_nearest_name(string unknown, string nearest)
    {
        var error = Assert.Throws<DocumentRejectedException>(() => Parse(DocumentCases.Part($$"""{"type":"text","{{unknown}}":"x"}"""), Everything));

        Assert.Equal($"Did you mean '{nearest}'?", error.Fix);
    }

    [Fact]
    public void Broken_json_is_told_with_its_place()
    {
        var error = Assert.Throws<DocumentRejectedException>(() => Parse("{\"id\":\"a\",\n\"parts\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":tex", Everything));

        Assert.Contains("line 2, byte 46 (in parts[1])", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cloud_event_sent_without_its_content_type_is_recognised()
    {
        var error = Assert.Throws<DocumentRejectedException>(() => Parse("""{"specversion":"1.0"}""", Everything));

        Assert.Contains("application/cloudevents+json", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("title")]
    [InlineData("metadata.k")]
    [InlineData("parts[0].text")]
    public void Invalid_utf8_is_refused_where_it_stands(string field)
    {
        var json = """{"id":"<id>","title":"<title>","metadata":{"k":"<metadata.k>"},"parts":[{"type":"text","text":"<parts[0].text>"}]}""";
        var bytes = Encoding.UTF8.GetBytes(json);
        bytes[bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"<{field}>"))] = 0xC3;

        var error = Assert.Throws<DocumentRejectedException>(() => DocumentJson.Parse(bytes));

        Assert.Equal(field, error.Field);
        Assert.Contains("UTF-8", error.Problem, StringComparison.Ordinal);
    }

    private static InterleavedDocument Parse(string json, DocumentReadOptions options) => DocumentJson.Parse(Encoding.UTF8.GetBytes(json), options);
}
