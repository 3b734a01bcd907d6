using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary><c>uvlm embed</c> as someone else's measurement drives it.</summary>
public sealed class EmbedTests : IDisposable
{
    private static readonly string Sentences = string.Join(' ', Enumerable.Range(1, 60).Select(static i => $"Sentence {i} tells of the number {i} and of nothing else."));

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-e2e-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Each_document_gives_a_line_with_a_unit_row_for_every_span()
    {
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "p.png"), Pictures.Png(7));
        var run = await RunAsync(
            ["--root", folder.FullName],
            Document("first", Text("A cat."), Inline(7)), Document("second", new JsonObject { ["type"] = "image", ["path"] = "p.png" }), Document("third", Text(Sentences)));

        run.AssertSucceeded();
        var lines = Lines(run);
        Assert.Equal(["first", "second", "third"], lines.Select(static line => (string?)line["id"]));
        Assert.All(lines, static line =>
        {
            Assert.Equal(line["parts"]!.AsArray().Count, line["spans"]!.AsArray().Count);
            Assert.All(line["parts"]!.AsArray().Append(line["document"]), static row => Assert.Equal(1, Values(row!).Sum(static v => v * v), 1e-4));
        });
        Assert.Equal("""[{"part":0,"start":0,"length":6},{"part":1,"start":0,"length":0}]""", lines[0]["spans"]!.ToJsonString());

        // A long text is several rows, whose spans cover it in order.
        var spans = lines[2]["spans"]!.AsArray();
        Assert.InRange(spans.Count, 2, 60);
        Assert.Equal(0, (int)spans[0]!["start"]!);
        Assert.Equal(Sentences.Length, (int)spans[^1]!["start"]! + (int)spans[^1]!["length"]!);
        Assert.All(spans, static span => Assert.Equal(0, (int)span!["part"]!));
    }

    [Fact]
    public async Task A_result_does_not_depend_on_its_neighbours()
    {
        var documents = Enumerable.Range(0, 20).Select(static i => Document($"d{i}", Text(Sentences[..(20 + 40 * i)]), Inline(i))).ToArray();
        var together = Lines(await RunAsync([], documents));
        var alone = Lines(await RunAsync([], documents[11]))[0];
        Assert.Equal(20, together.Length);
        Assert.Equal("d11", (string?)together[11]["id"]);
        Assert.Equal(0, Values(alone["document"]!).Zip(Values(together[11]["document"]!), static (a, b) => Math.Abs(a - b)).Max(), 1e-4);
    }

    [Fact]
    public async Task The_packed_file_holds_what_the_lines_hold()
    {
        var documents = new[] { Document("ä", Text("A cat."), Inline(1)), Document("b", Text("Dogs.")) };
        var path = Path.Combine(folder.FullName, "vectors.safetensors");
        var lines = Lines(await RunAsync([], documents));
        (await RunAsync(["--format", "safetensors", "--output", path, "--keep-going"], documents[0], "{}", documents[1])).AssertSucceeded();

        using var file = SafetensorsFile.Open(path);
        var offsets = MemoryMarshal.Cast<byte, long>(file.Bytes("part_offsets")).ToArray();
        var idOffsets = MemoryMarshal.Cast<byte, long>(file.Bytes("id_offsets")).ToArray();
        var width = (int)file.Entry("documents").Shape[1];
        Assert.Equal([0, 2, 3], offsets);
        Assert.Equal([3, width], file.Entry("parts").Shape);
        Assert.Equal([0, 0, 6, 1, 0, 0, 0, 0, 5], MemoryMarshal.Cast<byte, long>(file.Bytes("spans")).ToArray());
        Assert.Equal("ä", Encoding.UTF8.GetString(file.Bytes("ids")[(int)idOffsets[0]..(int)idOffsets[1]]));
        Assert.Equal("b", Encoding.UTF8.GetString(file.Bytes("ids")[(int)idOffsets[1]..(int)idOffsets[2]]));

        // Two runs may form other batches, whose sums round differently: the vectors are equal to that rounding.
        AssertSame(lines[1]["parts"]![0]!, MemoryMarshal.Cast<byte, float>(file.Bytes("parts"))[(2 * width)..]);
        AssertSame(lines[0]["document"]!, MemoryMarshal.Cast<byte, float>(file.Bytes("documents"))[..width]);
        Assert.Equal([path], Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public async Task A_bad_line_ends_the_run_after_the_lines_before_it()
    {
        var run = await RunAsync([], Document("good", Text("A cat.")), "", Document("bad", Text("x"), new JsonObject { ["type"] = "image", ["data"] = "AAAA" }), Document("late", Text("y")));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("good", (string?)Assert.Single(Lines(run))["id"]);
        Assert.StartsWith("uvlm: line 3 (bad): parts[1].data: ", run.Errors.Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kept_going_a_bad_line_is_answered_in_its_place()
    {
        var run = await RunAsync(
            ["--keep-going"], Document("a", Text("A cat.")), """{"id":"b","parts":[]}""", "nonsense", """{"id":"d","parts":[{"type":"image","path":"p.png"}]}""", Document("e", Text("A dog.")),
            $$"""{"id":"f","parts":[{"type":"image","blob":"{{new string('a', 64)}}"}]}""", """{"id":"g","parts":[{"type":"image","url":"https://example.org/a.png"}]}""");
        run.AssertSucceeded();
        var lines = Lines(run);
        Assert.Equal(["a", "b", null, "d", "e", "f", "g"], lines.Select(static line => (string?)line["id"]));
        Assert.StartsWith("parts: ", (string?)lines[1]["error"], StringComparison.Ordinal);
        Assert.Equal(3, (int)lines[2]["line"]!);
        Assert.StartsWith("parts[0].path: ", (string?)lines[3]["error"], StringComparison.Ordinal);
        Assert.NotNull(lines[4]["document"]);
        Assert.StartsWith("parts[0].blob: names an uploaded picture, and there is no store here", (string?)lines[5]["error"], StringComparison.Ordinal);
        Assert.StartsWith("parts[0].url: names an address, and fetching is off", (string?)lines[6]["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_packed_file_needs_a_name()
        => (await RunAsync(["--format", "safetensors"])).AssertFailedWithOneLine(2, "--output");

    [Fact]
    public async Task A_picture_root_that_is_not_there()
        => (await RunAsync(["--root", "/nowhere"])).AssertFailedWithOneLine(2, "/nowhere");

    private static void AssertSame(JsonNode line, ReadOnlySpan<float> packed)
    {
        var values = Values(line).ToArray();
        Assert.Equal(values.Length, packed.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], packed[i], 1e-5);
        }
    }

    private static Task<Finished> RunAsync(string[] arguments, params string[] lines)
        => Uvlm.RunAsync(["embed", .. arguments], Encoding.UTF8.GetBytes(string.Concat(lines.Select(static line => line + "\n"))));

    private static JsonNode[] Lines(Finished run) => [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];

    private static double[] Values(JsonNode row) => [.. row.AsArray().Select(static v => double.Parse(v!.ToJsonString(), CultureInfo.InvariantCulture))];

    private static string Document(string id, params JsonNode[] parts) => new JsonObject { ["id"] = id, ["parts"] = new JsonArray(parts) }.ToJsonString();

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonObject Inline(int seed) => new() { ["type"] = "image", ["data"] = Convert.ToBase64String(Pictures.Png(seed)) };
}
