using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>A folder that is watched by the program, with the system's own word on what changes.</summary>
public sealed class FolderWatchTests : IAsyncLifetime
{
    private readonly DataFolder data = new();

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(data.PathOf("docs"));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => data.DisposeAsync().AsTask();

    [Fact]
    public async Task Files_are_ingested_as_they_appear_change_and_go_until_a_signal()
    {
        Write("before.md", "Before the watch.");
        await using var database = await data.OpenDatabaseAsync();
        await using var watch = Uvlm.Start(["ingest", data.PathOf("docs"), "--watch", "--delete-missing", "--data", data.Root]);
        Assert.Equal(data.PathOf("docs"), await watch.WaitForLineAsync("watching "));
        await UntilStoredAsync(database, "before.md");

        Put("new.md", "Written elsewhere.");
        await UntilStoredAsync(database, "before.md", "new.md");
        Write("sub/lines.jsonl", """{"id":"a","parts":[{"type":"text","text":"One."}]}""" + "\n" + """{"id":"b","parts":[{"type":"text","text":"Two."}]}""");
        await UntilStoredAsync(database, "a", "b", "before.md", "new.md");
        // At once, for what is counted below: a file that is seen before anything is in it is taken as it is.
        Put("bad.json", "nonsense");
        Put("sub/lines.jsonl", """{"id":"a","parts":[{"type":"text","text":"Another."}]}""");
        await UntilStoredAsync(database, "a", "before.md", "new.md");
        File.Delete(data.PathOf("docs/before.md"));
        await UntilStoredAsync(database, "a", "new.md");
        Assert.Equal("Another.", await database.ScalarAsync<string>("SELECT body #>> '{0,text}' FROM uvlm.document WHERE id = 'a'"));

        await watch.TerminateAsync();
        Assert.True(watch.ExitCode == 0, watch.Output);
        Assert.Equal(1, watch.CountLines("uvlm: bad.json: "));
        Assert.Equal(1, watch.CountLines("5 stored, 0 unchanged, 2 deleted, 0 older than stored, 0 dead-lettered, 1 unreadable"));
    }

    [Fact]
    public async Task A_file_removed_between_two_watches_is_deleted_by_the_second()
    {
        Write("stays.md", "Stays.");
        Write("goes.md", "Goes.");
        await using var database = await data.OpenDatabaseAsync();
        await using (var first = Uvlm.Start(["ingest", data.PathOf("docs"), "--watch", "--data", data.Root]))
        {
            await UntilStoredAsync(database, "goes.md", "stays.md");
            await first.TerminateAsync();
        }

        File.Delete(data.PathOf("docs/goes.md"));
        await using var second = Uvlm.Start(["ingest", data.PathOf("docs"), "--watch", "--delete-missing", "--data", data.Root]);
        await UntilStoredAsync(database, "stays.md");
    }

    [Fact]
    public async Task A_node_watches_folders_beside_its_other_sources()
    {
        Write("served.md", "Served.");
        await using var node = await ServingNode.StartAsync(data, "--watch", data.PathOf("docs"));
        await using var database = await data.OpenDatabaseAsync();
        await UntilStoredAsync(database, "served.md");
        await node.PushAsync(JsonNode.Parse("""{"id":"pushed","parts":[{"type":"text","text":"Pushed."}]}""")!);
        await UntilStoredAsync(database, "pushed", "served.md");
        Write("later.md", "Later.");
        await UntilStoredAsync(database, "later.md", "pushed", "served.md");
        Assert.Contains((await node.GetJsonAsync("/v1/status"))["ingest"]!["budgets"]!.AsArray(), b => (string?)b!["name"] == "changes of " + data.PathOf("docs"));
    }

    [Fact]
    public async Task What_cannot_be_watched_and_what_is_only_for_a_watch_is_refused()
    {
        Write("a.md", "One.");
        (await Uvlm.RunAsync(["ingest", data.PathOf("docs/a.md"), "--watch", "--data", data.Root])).AssertFailedWithOneLine(2, "a.md", "folder");
        (await Uvlm.RunAsync(["serve", "--watch", "/nowhere", "--data", data.Root])).AssertFailedWithOneLine(2, "/nowhere", "folder");
        (await Uvlm.RunAsync(["ingest", data.PathOf("docs"), "--delete-missing", "--data", data.Root])).AssertFailedWithOneLine(2, "--delete-missing", "--watch");
    }

    private void Write(string name, string text)
    {
        var path = data.PathOf(Path.Combine("docs", name));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Written elsewhere and moved to its place.</summary>
    private void Put(string name, string text)
    {
        var elsewhere = data.PathOf("elsewhere");
        File.WriteAllText(elsewhere, text);
        File.Move(elsewhere, data.PathOf(Path.Combine("docs", name)), overwrite: true);
    }

    private static Task UntilStoredAsync(Database database, params string[] ids) => Waiting.UntilAsync(
        async () => await database.ScalarAsync<bool>("SELECT to_regclass('uvlm.document') IS NOT NULL")
            && await database.ScalarAsync<bool>($"SELECT coalesce(string_agg(id, ',' ORDER BY id), '') = '{string.Join(',', ids)}' FROM uvlm.document WHERE NOT deleted"),
        () => string.Join(", ", ids));
}
