using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Crash;

/// <summary>SIGKILL of the one of two nodes that reads what was pushed.</summary>
public sealed class InboxTakeoverTests
{
    private const int Documents = 300;

    // Ranges are written in order and hold 256 records at most: some are stored before this one, and none after it.
    private const string HoldUp = """
        CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77, 3); RETURN NEW; END $$;
        CREATE TRIGGER hold_up BEFORE INSERT ON uvlm.document FOR EACH ROW WHEN (NEW.id = 'd299') EXECUTE FUNCTION public.hold_up();
        """;

    private const string Reader = "SELECT owner FROM uvlm.lease WHERE name = 'reader/inbox:uvlm'";

    [Fact]
    public async Task The_other_one_goes_on_with_the_backlog_and_each_document_is_stored_once()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        await using var first = await StartAsync(data);
        await using var second = await StartAsync(data);
        await database.UntilAsync($"SELECT EXISTS ({Reader})", () => $"one of them reads the inbox:\n{first.Process.Output}\n{second.Process.Output}");
        var owner = await database.ScalarAsync<string>(Reader);
        var (reader, other) = owner.EndsWith($"/{first.Process.Id}", StringComparison.Ordinal) ? (first, second) : (second, first);

        await using (await database.HoldAsync("SELECT pg_advisory_lock(77, 3)"))
        {
            await database.RowsAsync(HoldUp);
            for (var i = 0; i < Documents; i++)
                await other.PushAsync(Document(i));
            await database.UntilAsync("SELECT count(*) >= 20 FROM uvlm.document", () => $"some are stored:\n{reader.Process.Output}");
            await reader.Process.KillAsync();
        }

        Assert.True(await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.inbox WHERE status = 'received'") > 0, "nothing was left to the other one");
        await database.UntilAsync($"SELECT count(*) = {Documents} FROM uvlm.inbox WHERE status = 'done'", () => $"all are decided:\n{other.Process.Output}");
        Assert.EndsWith($"/{other.Process.Id}", await database.ScalarAsync<string>(Reader), StringComparison.Ordinal);
        Assert.Equal(Documents, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.document"));
        Assert.Equal(Documents, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE type = 'document.indexed'"));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
    }

    private static Task<ServingNode> StartAsync(DataFolder data)
        => ServingNode.StartAsync(data, "--batch-tokens", "64", "--threads", "1");

    private static JsonObject Document(int number) => new()
    {
        ["id"] = $"d{number}",
        ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = $"Document number {number}." }),
    };
}
