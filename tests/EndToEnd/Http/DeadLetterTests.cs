using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>Dead letters of a real node over HTTP, and beside it on the command line.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class DeadLetterTests(SharedNode shared)
{
    private readonly string tenant = $"d{Guid.NewGuid():N}";

    [Fact]
    public async Task Letters_are_listed_by_conditions_and_pages_shown_with_their_bytes_and_dropped()
    {
        var offsets = await SendAsync([.. Enumerable.Range(0, 5).Select(i => Bad($"x{i}"))]);
        await UntilLettersAsync(5);

        var page = await GetAsync($"/v1/dead-letters?tenant={tenant}&limit=3");
        Assert.Equal(["x0", "x1", "x2"], Ids(page));
        Assert.Equal(["x3", "x4"], Ids(await GetAsync($"/v1/dead-letters?tenant={tenant}&limit=3&after={page["next"]}")));
        Assert.Null((await GetAsync($"/v1/dead-letters?tenant={tenant}"))["next"]);
        Assert.Equal(["x1"], Ids(await GetAsync($"/v1/dead-letters?tenant={tenant}&document=x1")));
        Assert.Equal(5, Ids(await GetAsync($"/v1/dead-letters?tenant={tenant}&stage=decode&topic={SharedNode.Topic}&reason=PARTS&from=2020-01-01&to=2999-01-01T00:00:00Z")).Count);
        Assert.Empty(Ids(await GetAsync($"/v1/dead-letters?tenant={tenant}&to=2020-01-01")));
        Assert.DoesNotContain("x0", Ids(await GetAsync("/v1/dead-letters")));
        var first = page["deadLetters"]![0]!.AsObject();
        Assert.Equal((offsets[0], "parts[0].type", 0, true), ((long)first["offset"]!, (string?)first["field"], (int)first["replays"]!, (bool)first["replayable"]!));
        Assert.False(first.ContainsKey("payload"));

        var shown = await GetAsync($"/v1/dead-letters/{first["id"]}?tenant={tenant}");
        Assert.Equal(Encoding.UTF8.GetString(Bad("x0").Value!), (string?)shown["payload"]!["text"]);
        Assert.Equal("x0", (string?)shown["key"]!["text"]);
        Assert.Equal("trace", (string?)shown["headers"]![0]!["name"]);
        Assert.Equal(offsets[0], (long)shown["version"]!);

        Assert.Equal(1, (int)(await SendAsync(HttpMethod.Delete, $"/v1/dead-letters/{first["id"]}?tenant={tenant}")).Json["dropped"]!);
        Assert.Equal(2, (int)(await SendAsync(HttpMethod.Delete, $"/v1/dead-letters?tenant={tenant}&last={page["next"]}")).Json["dropped"]!);
        Assert.Equal(["x3", "x4"], Ids(await GetAsync($"/v1/dead-letters?tenant={tenant}")));
    }

    [Fact]
    public async Task A_record_that_fails_again_is_a_letter_of_its_origin_and_one_that_can_be_taken_now_is_stored()
    {
        var offsets = await SendAsync([Bad("again"), new KafkaRecord(null, Encoding.UTF8.GetBytes(Text("good")))]);
        await UntilLettersAsync(1);
        // As if it had been refused for something that is over.
        await InsertLetterAsync("now", stage: "prepare", isWhole: true, offset: 4711);

        var reply = await SendAsync(HttpMethod.Post, $"/v1/dead-letters/replay?tenant={tenant}");
        Assert.Equal(HttpStatusCode.Accepted, reply.Status);
        Assert.Equal((2, 0), ((int)reply.Json["queued"]!, (int)reply.Json["skipped"]!));
        await UntilLettersAsync(1);

        await shared.UntilStoredAsync(tenant, 2);
        var letter = Assert.Single((await GetAsync($"/v1/dead-letters?tenant={tenant}"))["deadLetters"]!.AsArray())!;
        Assert.Equal(("again", SharedNode.Topic, offsets[0], 1), ((string?)letter["documentId"], (string?)letter["topic"], (long)letter["offset"]!, (int)letter["replays"]!));
        Assert.Equal(
            [$"now|4711|kafka:some-log/{SharedNode.Topic}"],
            await shared.Database.RowsAsync($"SELECT id, version, version_rule FROM uvlm.document WHERE tenant = '{tenant}' AND id = 'now'"));
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{letter["id"]}/replay?tenant={tenant}")).Status);
        await shared.Database.UntilAsync($"SELECT EXISTS (SELECT FROM uvlm.dead_letter WHERE tenant = '{tenant}' AND replays = 2)");
        Assert.Equal(0, (long)(await shared.Node.GetJsonAsync("/v1/status"))["store"]!["replays"]!);
    }

    [Fact]
    public async Task What_is_anothers_or_not_there_or_no_record_is_refused()
    {
        var other = $"o{Guid.NewGuid():N}";
        var lost = await InsertLetterAsync("lost", stage: "source", isWhole: true, offset: 1);
        var cut = await InsertLetterAsync("cut", stage: "decode", isWhole: false, offset: 2);

        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Post, "/replay")])
        {
            foreach (var query in (string[])[$"?tenant={other}", ""])
            {
                var reply = await SendAsync(method, $"/v1/dead-letters/{cut}{path}{query}");
                Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (reply.Status, reply.MediaType));
            }
        }

        Assert.Equal(0, (int)(await SendAsync(HttpMethod.Post, $"/v1/dead-letters/replay?tenant={other}&first={lost}&last={cut}")).Json["queued"]!);
        Assert.Equal(0, (int)(await SendAsync(HttpMethod.Delete, $"/v1/dead-letters?tenant={other}&first={lost}&last={cut}")).Json["dropped"]!);
        foreach (var id in (long[])[lost, cut])
            Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Post, $"/v1/dead-letters/{id}/replay?tenant={tenant}")).Status);
        var receipt = (await SendAsync(HttpMethod.Post, $"/v1/dead-letters/replay?tenant={tenant}")).Json;
        Assert.Equal((0, 2), ((int)receipt["queued"]!, (int)receipt["skipped"]!));
        Assert.Equal(2, Ids(await GetAsync($"/v1/dead-letters?tenant={tenant}")).Count);
    }

    [Theory]
    [InlineData("GET", "limit=0", "limit")]
    [InlineData("GET", "limit=501", "limit")]
    [InlineData("GET", "after=x", "after")]
    [InlineData("GET", "from=yesterday", "from")]
    [InlineData("GET", "last=1.5", "last")]
    [InlineData("GET", "tenant=", "tenant")]
    [InlineData("GET", "reason=%00", "reason")]
    [InlineData("DELETE", "", "filter")]
    [InlineData("DELETE", "tenant=a", "filter")]
    [InlineData("DELETE", "stage=decode&documnt=x", "documnt")]
    [InlineData("DELETE", "stage=decode&stage=store", "stage")]
    [InlineData("DELETE", "stage=decode&limit=1", "limit")]
    public async Task A_condition_that_can_not_be_read_is_named(string method, string query, string field)
        => (await SendAsync(new HttpMethod(method), $"/v1/dead-letters?{query}")).AssertRefused(HttpStatusCode.BadRequest, field);

    [Fact]
    public async Task The_command_line_lists_replays_and_drops_the_same_letters()
    {
        await SendAsync([Bad("one"), Bad("two"), Bad("three")]);
        await UntilLettersAsync(3);

        var lines = (await RunAsync("list", "--tenant", tenant, "--json")).Output.Split('\n').Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["one", "two", "three"], lines.Select(static l => (string?)l["documentId"]));
        var numbers = lines.Select(static l => ((long)l["id"]!).ToString(CultureInfo.InvariantCulture)).ToList();
        Assert.StartsWith($"{numbers[1]}\t{SharedNode.Topic}/0@", (await RunAsync("list", "--tenant", tenant, "--document", "two")).Output, StringComparison.Ordinal);

        Assert.Equal($"{numbers[0]} queued", (await RunAsync("replay", numbers[0])).Output);
        Assert.StartsWith("1 queued", (await RunAsync("replay", "--tenant", tenant, "--document", "two")).Output, StringComparison.Ordinal);
        await shared.Database.UntilAsync($"SELECT count(*) = 2 FROM uvlm.dead_letter WHERE tenant = '{tenant}' AND replays = 1");
        Assert.Equal($"{numbers[2]} dropped", (await RunAsync("drop", numbers[2])).Output);
        Assert.Equal("2 dropped", (await RunAsync("drop", "--tenant", tenant, "--first", "1")).Output);
        Assert.Empty((await RunAsync("list", "--tenant", tenant)).Output);

        (await DeadAsync("drop", numbers[2])).AssertFailedWithOneLine(2, numbers[2], "uvlm dead list");
        (await DeadAsync("drop", "--tenant", tenant)).AssertFailedWithOneLine(2, "filter", "--stage");
        (await DeadAsync("replay", numbers[0], "--stage", "decode")).AssertFailedWithOneLine(2, "not both");
        (await DeadAsync("list", "--from", "yesterday")).AssertFailedWithOneLine(2, "--from", "yesterday");
        var lost = await InsertLetterAsync("lost", stage: "source", isWhole: true, offset: 1);
        (await DeadAsync("replay", lost.ToString(CultureInfo.InvariantCulture))).AssertFailedWithOneLine(2, "can't be replayed");
    }

    private static List<string?> Ids(JsonObject page) => [.. page["deadLetters"]!.AsArray().Select(static letter => (string?)letter!["documentId"])];

    private KafkaRecord Bad(string id) => new(
        Encoding.UTF8.GetBytes(id), Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","tenant":"{{tenant}}","parts":[{"type":"txt","text":"words"}]}"""), ("trace", "1"));

    private string Text(string id) => $$"""{"id":"{{id}}","tenant":"{{tenant}}","collection":"{{id}}","parts":[{"type":"text","text":"words of {{id}}"}]}""";

    private Task<IReadOnlyList<long>> SendAsync(params KafkaRecord[] records) => shared.Broker.SendAsync(SharedNode.Topic, 0, records);

    private Task UntilLettersAsync(int count) => shared.Database.UntilAsync(
        $"SELECT (SELECT count(*) FROM uvlm.dead_letter WHERE tenant = '{tenant}') = {count} AND NOT EXISTS (SELECT FROM uvlm.replay WHERE tenant = '{tenant}')",
        () => $"{count} dead letters:\n{shared.Node.Process.Output}");

    private Task<long> InsertLetterAsync(string id, string stage, bool isWhole, long offset) => shared.Database.ScalarAsync<long>($"""
        INSERT INTO uvlm.dead_letter (tenant, document_id, group_id, log_id, topic, partition, log_offset, stage, reason, error_chain, key, payload, header_names,
            header_values, is_whole)
        VALUES ('{tenant}', '{id}', 'uvlm', 'some-log', '{SharedNode.Topic}', 0, {offset}, '{stage}', 'out of order', '', '', convert_to('{Text(id)}', 'UTF8'), '{"{}"}', '{"{}"}', {isWhole})
        RETURNING id
        """);

    private Task<JsonObject> GetAsync(string path) => shared.Node.GetJsonAsync(path);

    private async Task<Reply> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        using var response = await shared.Node.Http.SendAsync(request);
        return new Reply(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
    }

    private async Task<Finished> RunAsync(params string[] arguments)
    {
        var run = await DeadAsync(arguments);
        run.AssertSucceeded();
        return run;
    }

    private Task<Finished> DeadAsync(params string[] arguments) => Uvlm.RunAsync(["dead", .. arguments, "--data", shared.Data.Root]);
}
