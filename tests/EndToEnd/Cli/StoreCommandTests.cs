using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>The commands over a store of their own, one after the other, as a user would try them.</summary>
public sealed class StoreCommandTests
{
    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "data", "documents", "corpus");

    [Fact]
    public async Task A_folder_is_ingested_once_and_then_searched_and_answered_over()
    {
        await using var data = new DataFolder();
        // A copy without the lines that are wrong on purpose.
        var corpus = CopyOf(Corpus, data.PathOf("corpus"));
        await File.WriteAllTextAsync(Path.Combine(corpus, "lines.jsonl"), """{"id":"j1","parts":[{"type":"text","text":"The first line speaks of a lighthouse."}]}""");

        var first = await Uvlm.RunAsync(["ingest", corpus, "--data", data.Root]);
        first.AssertSucceeded();
        Assert.Matches(@"(?m)^5 stored, 0 unchanged, 0 deleted, 0 older than stored, 0 dead-lettered, 0 unreadable, 1 pages without content in [0-9.]+ s$", first.Output);
        Assert.Contains("uvlm: empty.html: has neither words nor pictures", first.Errors, StringComparison.Ordinal);
        var second = await Uvlm.RunAsync(["ingest", corpus, "--data", data.Root]);
        second.AssertSucceeded();
        Assert.StartsWith("0 stored, 5 unchanged, 0 deleted, 0 older than stored, 0 dead-lettered, 0 unreadable", second.Output, StringComparison.Ordinal);

        var query = await Uvlm.RunAsync(["query", "lighthouse", "--json", "--answer", "--k", "3", "--data", data.Root]);
        query.AssertSucceeded();
        var result = JsonNode.Parse(query.Output)!;
        Assert.Equal(3, result["hits"]!.AsArray().Count);
        Assert.Equal("j1", (string?)result["hits"]![0]!["id"]);
        Assert.NotNull((string?)result["answer"]);

        var picture = await Uvlm.RunAsync(["query", "--image", Path.Combine(corpus, "images", "pump.png"), "--data", data.Root]);
        picture.AssertSucceeded();
        Assert.Contains("Field notes", picture.Output, StringComparison.Ordinal);

        var doctor = await Uvlm.RunAsync(["doctor", "--data", data.Root]);
        doctor.AssertSucceeded();
        var checks = doctor.Output.Split('\n');
        Assert.Equal(["tensors", "pictures", "alignment", "model", "store", "kafka"], checks.Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
        Assert.All(checks, static line => Assert.StartsWith("ok ", line, StringComparison.Ordinal));
        Assert.Contains("PNG, JPEG and WebP decoded to pixels", checks[1], StringComparison.Ordinal);
        Assert.Contains("5 documents", checks[4], StringComparison.Ordinal);

        // Nobody is left that would need the server.
        Assert.Null(data.ServerId);
    }

    [Fact]
    public async Task What_the_store_refuses_is_said_at_once_and_listed_in_a_sentence()
    {
        await using var data = new DataFolder();
        string[] arguments = ["ingest", "-", "--data", data.Root];
        (await Uvlm.RunAsync(arguments, """{"id":"x","version":7,"parts":[{"type":"text","text":"One."}]}"""u8.ToArray())).AssertSucceeded();
        var refused = await Uvlm.RunAsync(arguments, """{"id":"x","version":7,"parts":[{"type":"text","text":"Two."}]}"""u8.ToArray());
        const string Sentence = "version: the document is stored with other content under the same version 7. Send the change with a higher version.";
        Assert.Contains("1 dead-lettered", refused.Output, StringComparison.Ordinal);
        Assert.Contains("refused documents (1)", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(Sentence, refused.Errors, StringComparison.Ordinal);
        Assert.Contains($"\tx\tstore\tconflict: {Sentence}", (await Uvlm.RunAsync(["dead", "list", "--data", data.Root])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_line_among_good_ones_is_listed_and_shown_as_a_dead_letter()
    {
        await using var data = new DataFolder();
        var lines = """
            {"id":"a","parts":[{"type":"text","text":"one"}]}
            {"id":"b","parts":[{"type":"txt","text":"two"}]}
            {"id":"c","parts":[{"type":"text","text":"three"}]}
            """;
        var ingest = await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], Encoding.UTF8.GetBytes(lines));
        Assert.Equal(1, ingest.ExitCode);
        Assert.StartsWith("2 stored, 0 unchanged, 0 deleted, 0 older than stored, 1 dead-lettered", ingest.Output, StringComparison.Ordinal);

        var list = await Uvlm.RunAsync(["dead", "list", "--data", data.Root]);
        list.AssertSucceeded();
        var columns = Assert.Single(list.Output.Split('\n')).Split('\t');
        Assert.Equal("b", columns[2]);
        Assert.Contains("parts[0].type", columns[4], StringComparison.Ordinal);

        var show = await Uvlm.RunAsync(["dead", "show", columns[0], "--data", data.Root]);
        show.AssertSucceeded();
        Assert.Contains("field     parts[0].type", show.Output, StringComparison.Ordinal);
        Assert.EndsWith("""{"id":"b","parts":[{"type":"txt","text":"two"}]}""", show.Output, StringComparison.Ordinal);
        (await Uvlm.RunAsync(["dead", "show", "4711", "--data", data.Root])).AssertFailedWithOneLine(2, "4711", "uvlm dead list");
    }

    [Fact]
    public async Task What_a_refused_record_says_of_itself_stays_in_its_column_and_tells_the_terminal_nothing()
    {
        await using var data = new DataFolder();
        var ingest = await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], """{"id":"b\u001b[2J\tforged\r\nline","parts":[]}"""u8.ToArray());
        Assert.Equal(1, ingest.ExitCode);
        const string Shown = "b\uFFFD[2J\uFFFDforged\uFFFD\uFFFDline";

        var list = await Uvlm.RunAsync(["dead", "list", "--data", data.Root]);
        var columns = Assert.Single(list.Output.Split('\n')).Split('\t');
        Assert.Equal((5, Shown), (columns.Length, columns[2]));

        var show = await Uvlm.RunAsync(["dead", "show", columns[0], "--data", data.Root]);
        Assert.Contains($"document  default / {Shown}\n", show.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', show.Output);
    }

    [Fact]
    public async Task Of_many_bad_lines_of_a_file_the_first_are_named_and_all_are_counted()
    {
        await using var data = new DataFolder();
        var folder = Directory.CreateDirectory(data.PathOf("many")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "lines.jsonl"), string.Concat(Enumerable.Repeat("x\n", 150)));
        var run = await Uvlm.RunAsync(["ingest", folder, "--data", data.Root]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("150 unreadable", run.Output, StringComparison.Ordinal);
        Assert.Equal(101, run.Errors.Split('\n').Count(static line => line.StartsWith("uvlm: lines.jsonl", StringComparison.Ordinal)));
        Assert.Contains("has 50 more lines", run.Errors, StringComparison.Ordinal);
    }

    private static string CopyOf(string folder, string target)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }
}
