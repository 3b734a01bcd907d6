using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Crash;

/// <summary>
/// A record that its process dies of, every time. No such record is known, so the test does the killing: the database holds up whoever writes the document "killer",
/// and the node that is held up is killed.
/// </summary>
public sealed class KillerRecordTests
{
    private const int Neighbours = 30;

    private const string HoldUpKiller = """
        CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77, 1); RETURN NEW; END $$;
        CREATE TRIGGER hold_up BEFORE INSERT ON uvlm.document FOR EACH ROW WHEN (NEW.id = 'killer') EXECUTE FUNCTION public.hold_up();
        """;

    // By the name of the write transaction, which has the epoch in it: what a killed node left behind is not taken for the next one.
    private const string HeldUp = """
        SELECT coalesce(min(a.application_name), '') FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.classid = 77 AND NOT l.granted
        """;

    [Fact]
    public async Task It_is_found_by_being_tried_alone_and_its_neighbours_are_never_blamed()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        await using (var node = await ServingNode.StartAsync(data))
        {
            await database.RowsAsync(HoldUpKiller);
            await using var held = await database.HoldAsync("SELECT pg_advisory_lock(77, 1)");
            for (var i = 0; i < Neighbours; i++)
            {
                if (i == Neighbours / 2)
                    await node.PushAsync(Document("killer"));
                await node.PushAsync(Document($"neighbour-{i}"));
            }

            var seen = new HashSet<string>();
            await KillWhenHeldUpAsync(node, database, seen);
            for (var death = 0; death < 3; death++)
            {
                await using var next = await ServingNode.StartAsync(data);
                await KillWhenHeldUpAsync(next, database, seen);
            }
        }

        // Nothing holds anybody up any more: had it not been found, it would be stored now.
        await using var last = await ServingNode.StartAsync(data);
        await database.UntilAsync("SELECT EXISTS (SELECT FROM uvlm.dead_letter)", () => $"the killer is a dead letter:\n{last.Process.Output}");
        await database.UntilAsync($"SELECT count(*) = {Neighbours} FROM uvlm.document", () => $"the neighbours are stored:\n{last.Process.Output}");
        Assert.Equal(["crash|killer"], await database.RowsAsync("SELECT stage, document_id FROM uvlm.dead_letter"));
        Assert.Equal(0L, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.document WHERE id = 'killer'"));
        await last.Process.TerminateAsync();
        Assert.Equal(0, last.Process.ExitCode);
        Assert.Empty(Directory.GetFiles(data.PathOf("in-work")));
    }

    private static async Task KillWhenHeldUpAsync(ServingNode node, Database database, HashSet<string> seen)
    {
        await Waiting.UntilAsync(
            async () => await database.ScalarAsync<string>(HeldUp) is { Length: > 0 } writer && seen.Add(writer),
            () => $"the node writes the killer ({seen.Count} times before):\n{node.Process.Output}");
        await node.Process.KillAsync();
    }

    private static JsonObject Document(string id) => new() { ["id"] = id, ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"Text of {id}." }) };
}
