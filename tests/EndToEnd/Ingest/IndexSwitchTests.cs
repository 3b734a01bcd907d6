using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>Re-embedding with another model while documents come and questions are asked, the switch in the middle.</summary>
public sealed class IndexSwitchTests
{
    private const int Landmarks = 4;

    /// <summary>Of a vector of 16-bit numbers with itself. Vectors of two models have nothing to do with each other.</summary>
    private const double Same = 0.99;

    [Fact]
    public async Task Under_load_no_question_sees_two_generations_and_nothing_is_lost()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        var other = OtherModel.Make(data);
        await using var before = await ServingNode.StartAsync(data);
        for (var i = 0; i < Landmarks; i++)
            await before.PushAsync(Document($"landmark-{i}", Landmark(i)));
        await database.UntilAsync($"SELECT count(*) = {Landmarks} FROM uvlm.packed_1");

        await using var filling = Uvlm.Start(["index", "create", "--follow", "--data", data.Root, .. other]);
        await filling.WaitForLineAsync("following generation 2");

        using var stop = new CancellationTokenSource();
        var pushing = PushAsync(before, "old", stop.Token);
        var asking = AskAsync(before, stop.Token);
        await database.UntilAsync($"SELECT count(*) > {Landmarks + 5} FROM uvlm.packed_1");
        var switched = await Uvlm.RunAsync(["index", "switch", "--data", data.Root]);
        switched.AssertSucceeded();

        // The node of the model before goes on beside one of the new model; both take documents.
        await using (var after = await ServingNode.StartAsync(data, other))
        {
            var pushingToo = PushAsync(after, "new", stop.Token);
            var askingToo = AskAsync(after, stop.Token);
            await database.UntilAsync("SELECT count(*) > 3 FROM uvlm.document WHERE id LIKE 'new-%'");
            await filling.TerminateAsync();
            Assert.Equal(0, filling.ExitCode);
            await database.UntilAsync("SELECT count(*) > 6 FROM uvlm.document WHERE id LIKE 'new-%'");
            await stop.CancelAsync();
            var pushed = await pushing + await pushingToo;
            Assert.All((int[])[await asking, await askingToo], static asked => Assert.True(asked > 0));

            await database.UntilAsync($"SELECT count(*) = {Landmarks + pushed} FROM uvlm.document");
            await database.UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.generation_pending)");
            foreach (var generation in (int[])[1, 2])
            {
                Assert.Empty(await database.RowsAsync($"""
                    SELECT d.id, p.id FROM uvlm.document d FULL JOIN uvlm.packed_{generation} p ON p.tenant = d.tenant AND p.id = d.id WHERE p.content_hash IS DISTINCT FROM d.content_hash
                    """));
            }

            Assert.Equal(0L, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter"));
            Assert.Equal(["1|retired", "2|live"], await database.RowsAsync("SELECT id, state FROM uvlm.index_generation ORDER BY id"));
            await before.Process.TerminateAsync();
            await AskOnceAsync(after, 0);
        }

        (await Uvlm.RunAsync(["verify", "--data", data.Root])).AssertSucceeded();
    }

    private static string Landmark(int i) => ((string[])
    [
        "The harbour master notes every ship that comes in with the tide.", "Dough rises slowly in a cold kitchen before it is baked.",
        "Two chess players sat silent under the lamp until morning.", "Snow closed the mountain pass for the whole of February.",
    ])[i];

    private static JsonObject Document(string id, string text) => new()
    {
        ["id"] = id, ["version"] = 1, ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
    };

    /// <summary>One after the other, each when the one before is searchable: what waits must not hide what is lost.</summary>
    /// <returns>How many were taken.</returns>
    private static async Task<int> PushAsync(ServingNode node, string name, CancellationToken stop)
    {
        var pushed = 0;
        for (; !stop.IsCancellationRequested; pushed++)
        {
            var reply = await node.PostAsync("/v1/documents", Document($"{name}-{pushed}", $"Entry {pushed} of the {name} log says that all is well."));
            Assert.True(reply.Status == System.Net.HttpStatusCode.Accepted, reply.Body);
            JsonObject state;
            do
                state = await node.GetJsonAsync($"{(string?)reply.Json["statusUrl"]}?wait=10");
            while ((string?)state["status"] == "received");
            Assert.Equal("indexed", (string?)state["status"]);
        }

        return pushed;
    }

    /// <returns>How many questions were answered, each as it should be.</returns>
    private static async Task<int> AskAsync(ServingNode node, CancellationToken stop)
    {
        var asked = 0;
        for (; !stop.IsCancellationRequested; asked++)
            await AskOnceAsync(node, asked % Landmarks);
        return asked;
    }

    /// <summary>A stored document's very words: with the vectors of one generation it is as near as can be, with those of two it would be anywhere.</summary>
    private static async Task AskOnceAsync(ServingNode node, int landmark)
    {
        var reply = await node.PostAsync("/v1/search", new JsonObject { ["text"] = Landmark(landmark), ["k"] = 1 });
        Assert.True(reply.Status == System.Net.HttpStatusCode.OK, reply.Body);
        var hit = reply.Json["hits"]![0]!;
        Assert.Equal($"landmark-{landmark}", (string?)hit["id"]);
        Assert.Equal((1, 1), ((int?)hit["ranks"]!["part"], (int?)hit["ranks"]!["document"]));
        Assert.True((double)hit["matches"]![0]!["similarity"]! > Same, reply.Body);
    }
}
