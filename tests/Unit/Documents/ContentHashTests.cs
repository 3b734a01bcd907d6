using System.Text.Json.Nodes;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Tests.Unit.Documents;

public class ContentHashTests
{
    private static readonly byte[] Picture = TestPictures.Png(8, 8);

    private static readonly InterleavedDocument Document = new()
    {
        Id = "a",
        Version = 7,
        Tenant = "t",
        Collection = "c",
        Title = "title",
        Language = "en",
        Time = new DateTimeOffset(2024, 5, 1, 12, 0, 0, TimeSpan.Zero),
        Metadata = JsonNode.Parse("""{"x":{"b":1,"a":[1,2]},"y":"z"}""")!.AsObject(),
        Parts = [new TextPart("one"), new ImagePart(new InlineImage(Picture), "alt"), new TextPart("two")],
    };

    /// <summary>The form is stored with every document: a change here re-encodes every store. Change the form's name with it.</summary>
    [Fact]
    public void The_form_does_not_change_unnoticed() =>
        Assert.Equal("3C03814040CBF98A7185D90DF9A577047FAE68F31CCD2DA1735BD9CB9FA2776E", Convert.ToHexString(Hash(Document)));

    [Fact]
    public void It_is_32_bytes() => Assert.Equal(ContentHash.Size, Hash(Document).Length);

    [Fact]
    public void Version_order_of_names_source_of_pictures_and_offset_of_time_do_not_count()
    {
        var same = Document with
        {
            Version = 8,
            Time = new DateTimeOffset(2024, 5, 1, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(9),
            Metadata = JsonNode.Parse("""{"y":"z","x":{"a":[1,2],"b":1}}""")!.AsObject(),
            Parts = [new TextPart("one"), new ImagePart(new FileImage("p.png"), "alt"), new TextPart("two")],
        };

        Assert.Equal(Hash(Document), Hash(same));
    }

    public static TheoryData<string> Changes => [.. Changed.Keys];

    private static Dictionary<string, InterleavedDocument> Changed => new()
    {
        ["id"] = Document with { Id = "b" },
        ["tenant"] = Document with { Tenant = "u" },
        ["collection"] = Document with { Collection = "d" },
        ["title"] = Document with { Title = "Title" },
        ["no title"] = Document with { Title = null },
        ["language"] = Document with { Language = "de" },
        ["time"] = Document with { Time = Document.Time!.Value.AddMicroseconds(1) },
        ["no time"] = Document with { Time = null },
        ["metadata value"] = Document with { Metadata = JsonNode.Parse("""{"x":{"b":2,"a":[1,2]},"y":"z"}""")!.AsObject() },
        ["metadata order of items"] = Document with { Metadata = JsonNode.Parse("""{"x":{"b":1,"a":[2,1]},"y":"z"}""")!.AsObject() },
        ["no metadata"] = Document with { Metadata = null },
        ["text"] = Document with { Parts = [new TextPart("One"), .. Document.Parts.Skip(1)] },
        ["border between texts"] = Document with { Parts = [new TextPart("on"), new TextPart("e"), .. Document.Parts.Skip(1)] },
        ["order of parts"] = Document with { Parts = [.. Document.Parts.Reverse()] },
        ["alt"] = Document with { Parts = [Document.Parts[0], new ImagePart(new InlineImage(Picture), "Alt"), Document.Parts[2]] },
        ["alt moved into a text"] = Document with { Parts = [Document.Parts[0], new ImagePart(new InlineImage(Picture)), new TextPart("alttwo")] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Everything_else_counts(string change) => Assert.NotEqual(Hash(Document), Hash(Changed[change]));

    [Fact]
    public void The_bytes_of_pictures_count() =>
        Assert.NotEqual(Hash(Document), ContentHash.Compute(Document, [TestPictures.Png(8, 8, seed: 1)]));

    [Fact]
    public void Every_picture_needs_its_bytes() =>
        Assert.Throws<ArgumentException>(() => ContentHash.Compute(Document, []));

    private static byte[] Hash(InterleavedDocument document) => ContentHash.Compute(document, [Picture]);
}
