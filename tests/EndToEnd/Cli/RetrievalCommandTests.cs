using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>Filters, modes and measurements over a store of their own.</summary>
public sealed class RetrievalCommandTests
{
    private const string Documents = """
        {"id":"pump","time":"2026-02-01T00:00:00Z","metadata":{"lang":"en","year":2026,"tags":["valve"]},"parts":[{"type":"text","text":"The pump stands in the cellar."},{"type":"text","text":"Open the valve before you start it."},{"type":"text","text":"Close the valve when it stops."}]}
        {"id":"alt","time":"2019-02-01T00:00:00Z","metadata":{"lang":"de","year":2019,"draft":true},"parts":[{"type":"text","text":"Die Pumpe steht im Keller, und das Ventil ist nicht zu sehen."}]}
        {"id":"neu","time":"2026-03-01T00:00:00Z","metadata":{"lang":"de","year":2026},"parts":[{"type":"text","text":"Die Pumpen stehen auf dem Dach, und das Ventil ist nicht mehr im Keller."}]}
        {"id":"ja","metadata":{"lang":"ja"},"parts":[{"type":"text","text":"ポンプを始動する前にバルブを開けてください。"}]}
        """;

    [Fact]
    public async Task A_store_is_searched_by_filter_by_part_by_gap_by_likeness_and_measured()
    {
        await using var data = new DataFolder();
        (await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], Encoding.UTF8.GetBytes(Documents))).AssertSucceeded();

        Assert.Equal(["alt", "neu"], await IdsAsync(data, "Ventil", "--filter", "lang = \"de\""));
        Assert.Equal(["neu", "pump"], await IdsAsync(data, "Ventil", "--filter", "(year >= 2020 or tags has \"valve\") and not exists draft"));
        Assert.Equal(["alt"], await IdsAsync(data, "Ventil", "--to", "2020-01-01"));
        Assert.Equal(["neu"], await IdsAsync(data, "Ventil", "--from", "2026-02-15", "--filter", "lang != \"x'; DROP TABLE uvlm.document; --\""));
        // Detected German, and bigrams.
        Assert.Equal("neu", (string?)(await QueryAsync(data, "Pumpe Dach"))["hits"]![0]!["id"]);
        Assert.Equal("ja", (string?)(await QueryAsync(data, "バルブ"))["hits"]![0]!["id"]);

        var parts = await QueryAsync(data, "start valve open", "--mode", "parts", "--k", "2");
        Assert.Equal(("pump", 1), ((string?)parts["parts"]![0]!["id"], (int)parts["parts"]![0]!["part"]!));
        Assert.Contains("Open the valve", (string?)parts["parts"]![0]!["text"], StringComparison.Ordinal);
        Assert.Empty(parts["hits"]!.AsArray());

        var file = data.PathOf("parts.json");
        await File.WriteAllTextAsync(file, """[{"type":"text","text":"The pump stands in the cellar."},{"type":"gap"},{"type":"text","text":"Close the valve when it stops."}]""");
        var missing = await QueryAsync(data, "--parts", file, "--mode", "missing", "--filter", "lang = \"en\"");
        Assert.Equal(("pump", 1), ((string?)missing["parts"]![0]!["id"], (int)missing["parts"]![0]!["part"]!));

        var like = await QueryAsync(data, "--like", "alt", "--budget-ms", "500");
        Assert.DoesNotContain("alt", Ids(like));
        Assert.Equal(3, Ids(like).Count);
        Assert.Equal(500, (double)like["timings"]!["budget"]!);
        var table = await Uvlm.RunAsync(["query", "valve", "--mode", "parts", "--data", data.Root]);
        table.AssertSucceeded();
        Assert.Contains("Open the valve", table.Output, StringComparison.Ordinal);

        await MeasureAsync(data);
        await RefuseAsync(data);
    }

    private static async Task MeasureAsync(DataFolder data)
    {
        var queries = data.PathOf("judged.jsonl");
        await File.WriteAllTextAsync(queries, """
            {"id":"q1","text":"Dach","relevant":{"neu":2,"alt":0}}

            {"text":"cellar valve","relevant":{"pump":1},"filter":"lang = \"en\""}
            {"id":"q3","like":"neu","relevant":{"alt":1}}
            """);
        var eval = await Uvlm.RunAsync(["eval", "retrieval", "--queries", queries, "--tune", "--data", data.Root]);
        eval.AssertSucceeded();
        Assert.Matches("""\{ "part_weight": [0-9.]+, "document_weight": [0-9.]+, "alignment_weight": [0-9.]+ \}""", eval.Output);
        Assert.StartsWith("3 questions;", eval.Output, StringComparison.Ordinal);
        var rows = eval.Output.Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).ToArray();
        Assert.Equal(["parts only", "documents only", "text only", "pictures only", "fused", "fused + alignment", "fused + DTW", "fused + soft-DTW", "fused + MaxSim"], rows.Select(static r => r.Split('|')[1].Trim()));
        // By words the first two are found, the third has none.
        Assert.Contains("| 0.667 [", rows[2], StringComparison.Ordinal);
        Assert.All(rows, static row => Assert.Matches(@"^\| [A-Za-z +-]+( \| [0-9.]+ \[[0-9.]+, [0-9.]+\]){6} \|$", row));

        foreach (var source in (string[][])[[], ["--queries", queries[..^6] + "-words.jsonl"]])
        {
            if (source.Length > 0)
                await File.WriteAllTextAsync(source[1], """{"text":"Ventil"}""");
            var bench = await Uvlm.RunAsync(["bench", "recall", "--samples", "5", "--k", "2", "--data", data.Root, .. source]);
            bench.AssertSucceeded();
            Assert.Equal(2, bench.Output.Split('\n').Count(static line => line.StartsWith("| exact | 1.0000 | ", StringComparison.Ordinal)));
            Assert.Contains("There is no HNSW index", bench.Output, StringComparison.Ordinal);
        }

        await using (var database = await data.OpenDatabaseAsync())
            await database.RowsAsync("CREATE INDEX ON uvlm.part_vector_1 USING hnsw (embedding halfvec_ip_ops); CREATE INDEX ON uvlm.document_vector_1 USING hnsw (embedding halfvec_ip_ops)");
        var indexed = await Uvlm.RunAsync(["bench", "recall", "--k", "2", "--ef", "40,10", "--data", data.Root]);
        indexed.AssertSucceeded();
        Assert.Equal(2, indexed.Output.Split('\n').Count(static line => line.StartsWith("| 10 | 1.0000 | ", StringComparison.Ordinal)));
        Assert.EndsWith("Recommended: ef_search 10 (a search's \"ef_search\", or uvlm query --ef-search).", indexed.Output.TrimEnd(), StringComparison.Ordinal);
    }

    private static async Task RefuseAsync(DataFolder data)
    {
        async Task Refused(string[] arguments, params string[] words) => (await Uvlm.RunAsync([.. arguments, "--data", data.Root])).AssertFailedWithOneLine(2, words);
        await Refused(["query", "x", "--filter", "lang = de"], "--filter", "at character 8");
        await Refused(["query", "x", "--from", "tomorrow"], "--from", "2026-01-31");
        await Refused(["query", "x", "--like", "alt"], "more than one", "--like");
        await Refused(["query"], "no question", "--parts");
        await Refused(["query", "x", "--mode", "chapters"], "--mode", "documents, parts, missing, like");
        await Refused(["query", "x", "--mode", "missing"], "parts", "gap");
        await Refused(["query", "x", "--mode", "parts", "--answer"], "mode");
        await Refused(["query", "--like", "never"], "'never'");
        await Refused(["query", "x", "--ef-search", "5000"], "ef_search", "1000");
        await Refused(["bench", "recall", "--ef", "10,x"], "--ef");
        await Refused(["bench", "recall", "--tenant", "nobody"], "nobody", "--tenant");
        await Refused(["eval", "retrieval", "--queries", "/nowhere.jsonl"], "/nowhere.jsonl");
        var file = data.PathOf("bad.jsonl");
        await File.WriteAllTextAsync(file, "{\"text\":\"x\"}\n");
        await Refused(["eval", "retrieval", "--queries", file], "question 1", "relevant");
        await File.WriteAllTextAsync(file, "{\"id\":5,\"text\":\"x\",\"relevant\":{\"a\":1}}\n");
        (await Uvlm.RunAsync(["eval", "retrieval", "--queries", file, "--data", data.Root])).AssertFailedWithOneLine(1, "line 1", "id", "no string");
        await File.WriteAllTextAsync(file, "\n{\"id\":\"q\",\"text\":\"x\",\"relevant\":{\"a\":0}}\n");
        (await Uvlm.RunAsync(["eval", "retrieval", "--queries", file, "--data", data.Root])).AssertFailedWithOneLine(1, "line 2 (q)", "relevant");
    }

    private static async Task<List<string>> IdsAsync(DataFolder data, params string[] arguments) => [.. Ids(await QueryAsync(data, arguments)).Order(StringComparer.Ordinal)];

    private static List<string> Ids(JsonNode result) => [.. result["hits"]!.AsArray().Select(static hit => (string)hit!["id"]!)];

    private static async Task<JsonNode> QueryAsync(DataFolder data, params string[] arguments)
    {
        var run = await Uvlm.RunAsync(["query", .. arguments, "--json", "--data", data.Root]);
        run.AssertSucceeded();
        return JsonNode.Parse(run.Output)!;
    }
}
