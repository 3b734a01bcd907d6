using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;

namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>Limits hold before memory is taken: the message is there already, so refusing may cost next to nothing.</summary>
public class DocumentLimitTests
{
    private const long Little = 1 << 20;

    [Fact]
    public void A_text_of_100_MB_is_refused_by_size()
    {
        var json = Repeat("""{"id":"a","parts":[{"type":"text","text":" """, (byte)'x', 100 << 20, "\"}]}");

        Refused(json, new DocumentLimits(), "$", "67108864");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("汉")]
    [InlineData("\\u0041")]
    [InlineData("\\n")]
    public void A_long_text_is_refused_without_being_decoded(string character)
    {
        var json = Repeat("""{"id":"a","parts":[{"type":"text","text":" """, character, 7 << 20, "\"}]}");

        Refused(json, new DocumentLimits { MaxDocumentBytes = 1L << 30, MaxTextLength = 1 << 20 }, "parts[0].text", "1,048,576");
    }

    [Fact]
    public void The_text_limit_is_over_all_parts()
    {
        var json = Encoding.UTF8.GetBytes("""{"id":"a","parts":[{"type":"text","text":"12345"},{"type":"text","text":"67890"},{"type":"text","text":"1"}]}""");

        Refused(json, new DocumentLimits { MaxTextLength = 10 }, "parts[2].text", "11");
        Assert.Equal(3, DocumentJson.Parse(json, new DocumentReadOptions { Limits = new DocumentLimits { MaxTextLength = 11 } }).Parts.Count);
    }

    [Fact]
    public void A_million_parts_are_refused_at_the_first_too_many()
    {
        var json = Repeat("""{"id":"a","parts":[""", """{"type":"text","text":"x"},""", 27_000_000, "{}]}");

        Refused(json, new DocumentLimits(), "parts", "4096", allocated: 2 * Little);
    }

    [Fact]
    public void The_number_of_parts_may_reach_its_limit()
    {
        string Json(int parts) => $$"""{"id":"a","parts":[{{string.Join(',', Enumerable.Repeat("""{"type":"text","text":"x"}""", parts))}}]}""";
        var limits = new DocumentLimits { MaxParts = 3 };

        Assert.Equal(3, DocumentJson.Parse(Encoding.UTF8.GetBytes(Json(3)), new DocumentReadOptions { Limits = limits }).Parts.Count);
        Refused(Encoding.UTF8.GetBytes(Json(4)), limits, "parts", "3");
    }

    [Theory]
    [InlineData("A")]
    [InlineData("\\u0041")]
    public void A_picture_beyond_its_limit_is_refused_before_it_is_decoded(string character)
    {
        var json = Repeat("""{"id":"a","parts":[{"type":"image","data":" """.TrimEnd(), character, 12 << 20, "\"}]}");

        Refused(json, new DocumentLimits { MaxImageBytes = 1 << 20 }, "parts[0].data", "1048576", allocated: character == "A" ? Little : 20 << 20);
    }

    [Fact]
    public void A_picture_may_reach_its_limit()
    {
        var picture = TestPictures.Png(8, 8);
        var json = Encoding.UTF8.GetBytes(DocumentCases.Part($$"""{"type":"image","data":"{{TestPictures.Base64(picture)}}"}"""));

        Assert.Single(DocumentJson.Parse(json, new DocumentReadOptions { Limits = new DocumentLimits { MaxImageBytes = picture.Length } }).Parts);
        Refused(json, new DocumentLimits { MaxImageBytes = picture.Length - 1 }, "parts[0].data", "63");
    }

    [Theory]
    [InlineData("""{"id":"a","metadata":{"a":""", "metadata.a")]
    [InlineData("""{"id":"a","parts":""", "parts[0]")]
    [InlineData("", "$")]
    [InlineData("""{"id":""", "id")]
    [InlineData("""{"id":"a","title":""", "title")]
    public void Brackets_without_end_are_refused_early(string before, string field)
    {
        var json = Repeat(before, (byte)'[', 10_000_000, "");

        var error = Assert.Throws<DocumentRejectedException>(() => DocumentJson.Parse(json));

        Assert.StartsWith(field, error.Field, StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_may_reach_the_depth_limit()
    {
        string Json(int arrays) => DocumentCases.Doc($"\"metadata\":{{\"a\":{new string('[', arrays)}{new string(']', arrays)}}},");
        var limits = new DocumentLimits { MaxJsonDepth = 5 };

        Assert.NotNull(DocumentJson.Parse(Encoding.UTF8.GetBytes(Json(3)), new DocumentReadOptions { Limits = limits }).Metadata);
        Refused(Encoding.UTF8.GetBytes(Json(4)), limits, "metadata.a[0][0][0]", "5");
    }

    [Fact]
    public void Metadata_is_refused_as_soon_as_it_is_too_large()
    {
        var json = Repeat("""{"id":"a","metadata":{"a":[""", "1,", 5 << 20, "1]}}");

        Refused(json, new DocumentLimits(), "metadata", "262144", allocated: 32 << 20);
    }

    private static void Refused(ReadOnlyMemory<byte> json, DocumentLimits limits, string field, string words, long allocated = Little)
    {
        var options = new DocumentReadOptions { Limits = limits };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<DocumentRejectedException>(() => DocumentJson.Parse(json, options));
        var after = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(field, error.Field);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.InRange(after - before, 0, allocated);
    }

    private static byte[] Repeat(string before, byte filler, int count, string after)
    {
        var start = Encoding.UTF8.GetByteCount(before);
        var json = new byte[start + count + Encoding.UTF8.GetByteCount(after)];
        Encoding.UTF8.GetBytes(before, json);
        json.AsSpan(start, count).Fill(filler);
        Encoding.UTF8.GetBytes(after, json.AsSpan(start + count));
        return json;
    }

    private static byte[] Repeat(string before, string filler, int bytes, string after)
    {
        var unit = Encoding.UTF8.GetBytes(filler);
        var count = bytes / unit.Length * unit.Length;
        var json = Repeat(before, 0, count, after);
        var start = Encoding.UTF8.GetByteCount(before);
        for (var i = 0; i < count; i += unit.Length)
            unit.CopyTo(json, start + i);
        return json;
    }
}
