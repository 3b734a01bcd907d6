using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>Another model's index from its making to its end, over a store of its own.</summary>
public sealed class IndexCommandTests
{
    private const string Documents = """
        {"id":"pump","parts":[{"type":"text","text":"The pump stands in the cellar."},{"type":"text","text":"Open the valve before you start it."}]}
        {"id":"crop","parts":[{"type":"text","text":"The crop tool cuts a picture along a rectangle that you draw."}]}
        {"id":"sail","parts":[{"type":"text","text":"The sails are set when the wind comes from behind the ship."}]}
        """;

    private const string HoldUp = """
        CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77, 3); RETURN OLD; END $$;
        CREATE TRIGGER hold_up BEFORE DELETE ON uvlm.generation_pending FOR EACH ROW WHEN (OLD.id = 'sail') EXECUTE FUNCTION public.hold_up();
        """;

    [Fact]
    public async Task An_index_is_made_compared_switched_to_gone_back_from_and_dropped()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        var other = OtherModel.Make(data);
        (await Uvlm.RunAsync(["index", "create", "--data", data.Root, .. other])).AssertFailedWithOneLine(2, "no index yet");
        (await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], Encoding.UTF8.GetBytes(Documents))).AssertSucceeded();

        // Killed on the way, with the last of the three held up, and started again: it goes on.
        await database.RowsAsync(HoldUp);
        await using (await database.HoldAsync("SELECT pg_advisory_lock(77, 3)"))
        await using (var killed = Uvlm.Start(["index", "create", "--rate", "1", "--data", data.Root, .. other]))
        {
            await database.UntilAsync("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 77 AND NOT granted)", () => killed.Output);
            Assert.Equal(2, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.packed_2"));
            await killed.KillAsync();
        }

        (await Uvlm.RunAsync(["query", "valve", "--data", data.Root, .. other])).AssertFailedWithOneLine(2, "still being filled");
        (await Uvlm.RunAsync(["index", "switch", "--data", data.Root])).AssertFailedWithOneLine(2, "not filled to the end");
        var create = await Uvlm.RunAsync(["index", "create", "--data", data.Root, .. other]);
        create.AssertSucceeded();
        Assert.StartsWith("generation 2: 3 of 3 documents, ", create.Output, StringComparison.Ordinal);
        var again = await Uvlm.RunAsync(["index", "create", "--data", data.Root, .. other]);
        Assert.Equal("generation 2: 3 of 3 documents, 0 encoded now, 0 failed", again.Output.Trim());

        Assert.Equal(["1 live 3 0", "2 filling 3 0"], await StatusAsync(data));
        await CompareAsync(data, other);

        var switched = await Uvlm.RunAsync(["index", "switch", "--data", data.Root]);
        switched.AssertSucceeded();
        Assert.StartsWith("generation 2 is live", switched.Output, StringComparison.Ordinal);
        Assert.Equal(["1 retired 3 0", "2 live 3 0"], await StatusAsync(data));
        Assert.Equal("1", await database.ScalarAsync<string>("SELECT data -> 'from' ->> 'generation' FROM uvlm.outbox WHERE type = 'index.switched'"));

        // Each model finds by its own index.
        Assert.Equal("pump", await FirstAsync(data, "Open the valve before you start it.", other));
        Assert.Equal("pump", await FirstAsync(data, "Open the valve before you start it.", []));
        // What the one's program stores is pending for the other until a program with that runs.
        (await Uvlm.RunAsync(["ingest", "-", "--data", data.Root, .. other], Encoding.UTF8.GetBytes("""{"id":"new","parts":[{"type":"text","text":"New."}]}"""))).AssertSucceeded();
        Assert.Equal(["1 retired 3 1", "2 live 4 0"], await StatusAsync(data));
        (await Uvlm.RunAsync(["verify", "--data", data.Root])).AssertSucceeded();

        (await Uvlm.RunAsync(["index", "rollback", "--patience-seconds", "0", "--data", data.Root])).AssertFailedWithOneLine(2, "lacks 1 documents");
        (await Uvlm.RunAsync(["index", "create", "--data", data.Root])).AssertSucceeded();
        (await Uvlm.RunAsync(["index", "rollback", "--data", data.Root])).AssertSucceeded();
        Assert.Equal(["1 live 4 0", "2 retired 4 0"], await StatusAsync(data));

        (await Uvlm.RunAsync(["index", "drop", "--generation", "1", "--yes", "--data", data.Root])).AssertFailedWithOneLine(2, "live one");
        (await Uvlm.RunAsync(["index", "drop", "--generation", "2", "--data", data.Root])).AssertFailedWithOneLine(2, "--yes");
        (await Uvlm.RunAsync(["index", "drop", "--generation", "2", "--yes", "--data", data.Root])).AssertSucceeded();
        Assert.Equal(["1 live 4 0"], await StatusAsync(data));
        (await Uvlm.RunAsync(["query", "valve", "--data", data.Root, .. other])).AssertFailedWithOneLine(2, "uvlm index create");
        (await Uvlm.RunAsync(["index", "switch", "--data", data.Root])).AssertFailedWithOneLine(2, "uvlm index create");
    }

    private static async Task CompareAsync(DataFolder data, string[] other)
    {
        var sampled = await Uvlm.RunAsync(["index", "compare", "--against", OtherModel.Shipped, "--sample", "2", "--k", "2", "--data", data.Root, .. other]);
        sampled.AssertSucceeded();
        Assert.StartsWith("2 questions, each a span", sampled.Output, StringComparison.Ordinal);
        var rows = sampled.Output.Split('\n').Where(static line => line.StartsWith("| all lists | ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, rows.Length);
        Assert.StartsWith("| all lists | 1 | ", rows[0], StringComparison.Ordinal);
        Assert.StartsWith("| all lists | 2 | ", rows[1], StringComparison.Ordinal);

        var file = data.PathOf("questions.jsonl");
        await File.WriteAllTextAsync(file, """
            {"text":"The crop tool cuts a picture along a rectangle that you draw.","relevant":{"crop":1}}
            {"text":"valve"}
            """);
        var judged = await Uvlm.RunAsync(["index", "compare", "--against", OtherModel.Shipped, "--queries", file, "--data", data.Root, .. other]);
        judged.AssertSucceeded();
        Assert.StartsWith("2 questions, 1 of them judged", judged.Output, StringComparison.Ordinal);
        // All three are found by either.
        Assert.Contains("| all lists | 1.000 [1.000, 1.000] |", judged.Output, StringComparison.Ordinal);
        (await Uvlm.RunAsync(["index", "compare", "--against", data.PathOf("nowhere"), "--data", data.Root])).AssertFailedWithOneLine(2, "nowhere");
    }

    private static async Task<string?> FirstAsync(DataFolder data, string text, string[] model)
    {
        var run = await Uvlm.RunAsync(["query", text, "--json", "--data", data.Root, .. model]);
        run.AssertSucceeded();
        return (string?)JsonNode.Parse(run.Output)!["hits"]![0]!["id"];
    }

    private static async Task<List<string>> StatusAsync(DataFolder data)
    {
        (await Uvlm.RunAsync(["index", "status", "--data", data.Root])).AssertSucceeded();
        var run = await Uvlm.RunAsync(["index", "status", "--json", "--data", data.Root]);
        run.AssertSucceeded();
        return [.. JsonNode.Parse(run.Output)!.AsArray().Select(static g => $"{g!["generation"]} {g["state"]} {g["documents"]} {g["pending"]}")];
    }
}
