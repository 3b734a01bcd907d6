using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Crash;

/// <summary>SIGKILL while dead letters are ingested again.</summary>
public sealed class ReplayKillTests
{
    private const int Letters = 300;

    /// <summary>Good records that were refused for something that is over, every tenth of them a bad one.</summary>
    private const string Insert = """
        INSERT INTO uvlm.dead_letter (tenant, document_id, group_id, log_id, topic, partition, log_offset, stage, reason, error_chain, key, payload, header_names,
            header_values)
        SELECT 'default', 'd' || i, 'uvlm', 'log', 'topic', 0, i, 'prepare', 'out of order', '', '',
            convert_to(format('{"id":"d%s","parts":[{"type":"%s","text":"Document number %s."}]}', i, CASE WHEN i % 10 = 0 THEN 'txt' ELSE 'text' END, i), 'UTF8'), '{}', '{}'
        FROM generate_series(1, 300) i
        """;

    // Ranges are written in order and hold 256 records at most: some are stored before this one, and none after it.
    private const string HoldUp = """
        CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(77, 2); RETURN NEW; END $$;
        CREATE TRIGGER hold_up BEFORE INSERT ON uvlm.document FOR EACH ROW WHEN (NEW.id = 'd299') EXECUTE FUNCTION public.hold_up();
        """;

    private const string Stored = "SELECT count(*) FROM uvlm.document";

    [Fact]
    public async Task A_node_killed_in_the_middle_of_a_replay_leaves_each_record_in_one_place_and_its_successor_ends_it()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        await using (var node = await StartAsync(data))
        await using (await database.HoldAsync("SELECT pg_advisory_lock(77, 2)"))
        {
            await database.RowsAsync(HoldUp);
            await database.RowsAsync(Insert);
            Assert.Equal(Letters, (int)(await node.PostAsync("/v1/dead-letters/replay", new StringContent(""))).Json["queued"]!);
            await database.UntilAsync($"SELECT ({Stored}) >= 20", () => $"some are stored:\n{node.Process.Output}");
            await node.Process.KillAsync();
        }

        // What was being committed at the kill is decided by now, or held by its transaction: all of it is seen from one snapshot.
        var places = await database.RowsAsync("""
            SELECT n, count(*) FROM (
                SELECT (SELECT count(*) FROM uvlm.replay r WHERE r.log_offset = i) + (SELECT count(*) FROM uvlm.document d WHERE d.id = 'd' || i)
                    + (SELECT count(*) FROM uvlm.dead_letter l WHERE l.log_offset = i) AS n
                FROM generate_series(1, 300) i) places GROUP BY n
            """);
        Assert.Equal([$"1|{Letters}"], places);
        Assert.True(await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.replay") > 0, "nothing was left to the successor");

        await using (var node = await StartAsync(data))
            await database.UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.replay)", () => $"nothing is queued:\n{node.Process.Output}");

        Assert.Equal(Letters * 9 / 10, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.document WHERE version = source_offset AND version_rule = 'kafka:log/topic'"));
        Assert.Equal(Letters * 9 / 10, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE type = 'document.indexed'"));
        Assert.Equal(Letters / 10, await database.ScalarAsync<long>("SELECT count(DISTINCT log_offset) FROM uvlm.dead_letter WHERE replays = 1 AND topic = 'topic' AND log_offset % 10 = 0"));
        Assert.Equal(Letters / 10, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
    }

    private static Task<ServingNode> StartAsync(DataFolder data) => ServingNode.StartAsync(data, "--batch-tokens", "64", "--threads", "1");
}
