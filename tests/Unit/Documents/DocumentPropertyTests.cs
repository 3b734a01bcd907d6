using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>What holds for every document and for every damage to one.</summary>
public class DocumentPropertyTests
{
    private static readonly DocumentReadOptions Everything = new() { AllowFilePaths = true, AllowBlobs = true, AllowUrls = true };

    private static readonly byte[][] Samples =
        [.. DocumentCases.Valid.Where(static c => c.Json.Length < 2000).Select(static c => Encoding.UTF8.GetBytes(c.Json))];

    /// <summary>Text that JSON and PostgreSQL can hold: no NUL, no half surrogate pairs.</summary>
    private static readonly Gen<string> Words =
        from runes in Gen.ArrayOf(Gen.OneOf(Gen.Choose(0x20, 0x7E), Gen.Choose(1, 0x1F), Gen.Choose(0xA0, 0xD7FF), Gen.Choose(0xE000, 0x10FFFF)))
        select string.Concat(runes.Select(static r => new Rune(r).ToString()));

    /// <summary>Adding zero takes the sign from -0, which neither int64 nor PostgreSQL's numeric keeps.</summary>
    private static readonly Gen<JsonNode?> Leaf = Gen.OneOf(
        from text in Words select (JsonNode?)JsonValue.Create(text),
        from number in ArbMap.Default.GeneratorFor<long>() select (JsonNode?)JsonValue.Create(number),
        from number in ArbMap.Default.GeneratorFor<NormalFloat>() select (JsonNode?)JsonNode.Parse(JsonValue.Create((double)number + 0.0).ToJsonString()),
        Gen.Constant<JsonNode?>(null),
        from flag in ArbMap.Default.GeneratorFor<bool>() select (JsonNode?)JsonValue.Create(flag));

    private static readonly Gen<DocumentPart> Part = Gen.OneOf(
        from text in Words select (DocumentPart)new TextPart("t" + text),
        from seed in Gen.Choose(0, int.MaxValue)
        from alt in Words
        select (DocumentPart)new ImagePart(new InlineImage(TestPictures.Png(9, 9, seed), "image/png"), "a" + alt),
        from path in Words select (DocumentPart)new ImagePart(new FileImage("p" + path)),
        from number in Gen.Choose(0, 999) select (DocumentPart)new ImagePart(new BlobImage($"{number:x64}")),
        from number in Gen.Choose(0, 999) select (DocumentPart)new ImagePart(new UrlImage(new Uri($"https://example.org/{number}.png"))));

    private static readonly Gen<InterleavedDocument> Document =
        from id in Gen.Choose(0, 9999)
        from version in ArbMap.Default.GeneratorFor<long?>()
        from title in Words
        from seconds in Gen.Choose(0, int.MaxValue)
        from micros in Gen.Choose(0, 999_999)
        from metadata in Node(3)
        from parts in Gen.NonEmptyListOf(Part)
        select new InterleavedDocument
        {
            Id = $"doc/{id}",
            Version = version is null ? null : version & long.MaxValue,
            Tenant = "t-" + (id % 3),
            Title = "T" + title,
            Language = id % 2 == 0 ? "en" : null,
            Time = DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddMicroseconds(micros),
            Metadata = metadata as JsonObject,
            Parts = [.. parts],
        };

    [Fact]
    public void What_is_written_is_read_again() =>
        Prop.ForAll(Document.ToArbitrary(), static document =>
        {
            var read = DocumentJson.Parse(DocumentJson.Serialize(document), Everything);

            DocumentAssert.Same(document, read);
            Assert.Equal(ContentHash.Compute(document, DocumentAssert.Images(document)), ContentHash.Compute(read, DocumentAssert.Images(read)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_validator_agrees_with_the_parser() =>
        Prop.ForAll(Document.ToArbitrary(), static document => DocumentValidator.Validate(document, Everything)).QuickCheckThrowOnFailure();

    [Fact]
    public void Damaged_json_is_refused_or_read_and_nothing_else()
    {
        var damage = Damage.To(Samples, '"', '\\', '{', '}', '[', ']', ',', ':', 'u', 'd', '0', 0xC3, 0xED, 0xFF);
        Prop.ForAll(damage.ToArbitrary(), static bytes =>
        {
            try
            {
                var document = DocumentJson.Parse(bytes, Everything);
                DocumentValidator.Validate(document, Everything);
                DocumentAssert.Same(document, DocumentJson.Parse(DocumentJson.Serialize(document), Everything));
            }
            catch (DocumentRejectedException e)
            {
                Assert.NotEmpty(e.Field);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    private static Gen<JsonNode?> Node(int depth)
    {
        if (depth == 0)
            return Leaf;
        var members =
            from names in Gen.ListOf(Words)
            from values in Gen.ListOf(Node(depth - 1))
            select (JsonNode?)new JsonObject(names.Zip(values).DistinctBy(static p => p.First).Select(static p => KeyValuePair.Create(p.First, p.Second?.DeepClone())));
        var items =
            from values in Gen.ListOf(Node(depth - 1))
            select (JsonNode?)new JsonArray([.. values.Select(static v => v?.DeepClone())]);
        return Gen.Frequency((2, members), (1, items), (1, Leaf)).Resize(6);
    }
}
