using System.Text.Json.Nodes;
using Npgsql;
using UnifiedVlm.Storage.Embedded;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>What an operator does for the store: verify it, erase from it, back it up and restore it.</summary>
public sealed class CareCommandTests
{
    private static readonly byte[] Lines = """
        {"id":"harbour","tenant":"sea","parts":[{"type":"text","text":"The lighthouse stands at the harbour."}]}
        {"id":"mill","tenant":"sea","parts":[{"type":"text","text":"The windmill grinds corn."}]}
        {"id":"bad","tenant":"sea","parts":[{"type":"txt","text":"Of no type that there is."}]}
        {"id":"bridge","tenant":"land","parts":[{"type":"text","text":"The bridge crosses the river."}]}
        """u8.ToArray();

    [Fact]
    public async Task Damage_is_told_repaired_and_gone()
    {
        await using var data = new DataFolder();
        await IngestAsync(data, Lines);
        var clean = await Uvlm.RunAsync(["verify", "--data", data.Root]);
        clean.AssertSucceeded();
        Assert.StartsWith("3 documents, 6 vectors, 0 pictures, 4 events, 1 positions: nothing wrong", clean.Output, StringComparison.Ordinal);

        await ExecuteAsync(data, "DELETE FROM uvlm.part_vector_1 WHERE id = 'mill'; UPDATE uvlm.packed_1 SET vectors = '' WHERE id = 'bridge'");
        var damaged = await Uvlm.RunAsync(["verify", "--data", data.Root]);
        Assert.Equal(1, damaged.ExitCode);
        var lines = damaged.Output.Split('\n');
        Assert.Equal(["encoding\tland\tbridge", "vectors\tsea\tmill"], lines[..2].Select(static l => string.Join('\t', l.Split('\t')[..3])));
        Assert.EndsWith("2 wrong, 0 repaired, 2 left", lines[2], StringComparison.Ordinal);

        var repaired = await Uvlm.RunAsync(["verify", "--repair", "--json", "--data", data.Root]);
        Assert.Equal(1, repaired.ExitCode);
        var objects = repaired.Output.Split('\n').Select(static l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(("encoding", "bridge"), ((string?)objects[0]["kind"], (string?)objects[0]["id"]));
        Assert.NotNull(objects[0]["todo"]);
        Assert.Equal(("vectors", (string?)null), ((string?)objects[1]["kind"], (string?)objects[1]["todo"]));
        Assert.Equal((2, 1), ((int)objects[2]["wrong"]!, (int)objects[2]["left"]!));

        // As the finding says: ingest it again. The other two are unchanged, this one is not taken for it.
        await IngestAsync(data, Lines);
        (await Uvlm.RunAsync(["verify", "--data", data.Root])).AssertSucceeded();
    }

    [Fact]
    public async Task Erasing_asks_and_then_nothing_is_left()
    {
        await using var data = new DataFolder();
        await IngestAsync(data, Lines);
        (await Uvlm.RunAsync(["erase", "--tenant", "sea", "--data", data.Root])).AssertFailedWithOneLine(2, "--yes");
        (await Uvlm.RunAsync(["erase", "--tenant", "", "--yes", "--data", data.Root])).AssertFailedWithOneLine(2, "--tenant");

        var one = await Uvlm.RunAsync(["erase", "--tenant", "sea", "--id", "mill", "--yes", "--data", data.Root]);
        one.AssertSucceeded();
        Assert.Equal("Erased 1 documents, 0 pictures, 0 dead letters, 1 events, 0 pushed records.", one.Output);
        var all = await Uvlm.RunAsync(["erase", "--tenant", "sea", "--yes", "--data", data.Root]);
        Assert.Equal("Erased 2 documents, 0 pictures, 1 dead letters, 3 events, 0 pushed records.", all.Output);
        Assert.Equal("There was nothing to erase.", (await Uvlm.RunAsync(["erase", "--tenant", "sea", "--yes", "--data", data.Root])).Output);

        (await Uvlm.RunAsync(["verify", "--data", data.Root])).AssertSucceeded();
        Assert.Contains("\"bridge\"", await QueryAsync(data, "land"), StringComparison.Ordinal);
        Assert.DoesNotContain("harbour", await QueryAsync(data, "sea"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_is_restored_into_a_fresh_cluster_and_ingestion_goes_on()
    {
        await using var original = new DataFolder();
        await IngestAsync(original, Lines);
        var (hits, positions) = (await QueryAsync(original, "sea"), await PositionsAsync(original));
        var dump = original.PathOf("uvlm.dump");
        await RunPostgresAsync(original, "pg_dump", "-Fc", "-f", dump, "uvlm");

        // The program makes the cluster, the roles and an empty schema, which the restored one replaces.
        await using var restored = new DataFolder();
        (await Uvlm.RunAsync(["offsets", "list", "--data", restored.Root])).AssertSucceeded();
        await RunPostgresAsync(restored, "pg_restore", "-e", "--clean", "--if-exists", "-d", "uvlm", dump);

        (await Uvlm.RunAsync(["verify", "--data", restored.Root])).AssertSucceeded();
        var events = await Uvlm.RunAsync(["events", "restored", "--data", restored.Root]);
        events.AssertSucceeded();
        Assert.Matches("^Events have the source /uvlm/[0-9a-f-]{36} and sequences above [0-9]{16} from now on\\.$", events.Output);
        Assert.Equal(hits, await QueryAsync(restored, "sea"));
        Assert.Equal(positions, await PositionsAsync(restored));
        var again = await Uvlm.RunAsync(
            ["ingest", "-", "--data", restored.Root], (byte[])[.. Lines, .. "\n{\"id\":\"new\",\"tenant\":\"sea\",\"parts\":[{\"type\":\"text\",\"text\":\"A ferry.\"}]}"u8]);
        Assert.StartsWith("1 stored, 3 unchanged, 0 deleted, 0 older than stored, 1 dead-lettered", again.Output, StringComparison.Ordinal);
        Assert.Equal(4, positions);
        Assert.Equal(9, await PositionsAsync(restored));
        (await Uvlm.RunAsync(["verify", "--data", restored.Root])).AssertSucceeded();
    }

    [Fact]
    public async Task Who_adopts_a_log_is_told_which_group_keeps_an_earlier_one_out()
    {
        await using var data = new DataFolder();
        await IngestAsync(data, Lines);
        await ExecuteAsync(data, """
            INSERT INTO uvlm.collection (tenant, name, version_rule) VALUES ('sea', 'old', 'kafka:one/t');
            INSERT INTO uvlm.ingest_offset (group_id, log_id, topic, partition, owner, epoch) VALUES ('reader', 'two', 't', 0, 'node', 1), ('gone', 'one', 't', 0, 'node', 1)
            """);

        var kept = await AdoptAsync("reader");
        Assert.StartsWith("0 stored position(s) forgotten.", kept[0], StringComparison.Ordinal);
        Assert.StartsWith("Left out are other logs", kept[1], StringComparison.Ordinal);
        Assert.Equal("  uvlm offsets adopt --group gone --topic t --log-id two", Assert.Single(kept[2..]));

        Assert.StartsWith("1 stored position(s) forgotten.", Assert.Single(await AdoptAsync("gone")), StringComparison.Ordinal);
        Assert.Single(await AdoptAsync("reader"));

        async Task<string[]> AdoptAsync(string group)
        {
            var run = await Uvlm.RunAsync(["offsets", "adopt", "--group", group, "--topic", "t", "--log-id", "two", "--data", data.Root]);
            run.AssertSucceeded();
            return run.Output.Split('\n');
        }
    }

    private static async Task IngestAsync(DataFolder data, byte[] lines)
        => Assert.Equal(1, (await Uvlm.RunAsync(["ingest", "-", "--data", data.Root], lines)).ExitCode);

    /// <summary>The hits without their times.</summary>
    private static async Task<string> QueryAsync(DataFolder data, string tenant)
    {
        var query = await Uvlm.RunAsync(["query", "lighthouse", "--json", "--tenant", tenant, "--data", data.Root]);
        query.AssertSucceeded();
        return JsonNode.Parse(query.Output)!["hits"]!.ToJsonString();
    }

    /// <summary>The next offset of the only log.</summary>
    private static async Task<int> PositionsAsync(DataFolder data)
    {
        var list = await Uvlm.RunAsync(["offsets", "list", "--data", data.Root]);
        return int.Parse(Assert.Single(list.Output.Split('\n')).Split('\t')[3]["next ".Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task ExecuteAsync(DataFolder data, string sql)
    {
        await using var server = await StartAsync(data);
        await using (var source = NpgsqlDataSource.Create(server.AdminConnectionString))
        await using (var command = source.CreateCommand(sql))
            await command.ExecuteNonQueryAsync();
        await server.StopIfUnusedAsync();
    }

    private static async Task RunPostgresAsync(DataFolder data, string program, params string[] arguments)
    {
        await using var server = await StartAsync(data);
        var settings = new NpgsqlConnectionStringBuilder(server.AdminConnectionString);
        await Postgres.RunAsync(program, ["-h", settings.Host!, "-U", settings.Username!, .. arguments]);
        await server.StopIfUnusedAsync();
    }

    private static Task<EmbeddedPostgres> StartAsync(DataFolder data) => EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { DataFolder = data.PathOf("pg") });
}
