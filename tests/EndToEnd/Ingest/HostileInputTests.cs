using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Documents;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>Whatever a sender sends: the record ends as a dead letter that says what is wrong where, and its neighbours are stored.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class HostileInputTests(SharedNode shared)
{
    private readonly string tenant = $"h{Guid.NewGuid():N}";

    [Fact]
    public async Task Hostile_records_in_a_topic_become_dead_letters_and_every_good_document_between_them_is_stored()
    {
        var hostile = HostileInput.All(tenant).ToList();
        Assert.True(hostile.Count >= 60, $"only {hostile.Count} cases");
        // A version that is stored with other content, and a delete under it.
        hostile.Add(new HostileInput("another content under the same version", Good(0, "Not what was sent before."), "version"));
        hostile.Add(new HostileInput("a delete under the same version", new KafkaRecord("good-0"u8.ToArray(), null, ("tenant", tenant), ("version", "1")), "version"));
        var records = new List<KafkaRecord>();
        for (var i = 0; i < hostile.Count; i++)
        {
            records.Add(Good(i, $"Good document {i}."));
            records.Add(hostile[i].Record);
        }

        var offsets = await shared.Broker.SendAsync(SharedNode.Topic, 0, records);
        await shared.Database.UntilAsync(
            $"SELECT coalesce(max(next_offset), 0) >= {offsets[^1] + 1} FROM uvlm.ingest_offset WHERE topic = '{SharedNode.Topic}'",
            () => $"the topic is read to its end:\n{shared.Node.Process.Output}");

        Assert.Equal(hostile.Count, await shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.document WHERE tenant = '{tenant}' AND NOT deleted AND id LIKE 'good-%'"));
        Assert.Equal(hostile.Count, await shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.document WHERE tenant = '{tenant}'"));
        Assert.Equal("Good document 0.", await shared.Database.ScalarAsync<string>(
            $"SELECT body #>> '{{0,text}}' FROM uvlm.document WHERE tenant = '{tenant}' AND id = 'good-0'"));
        var letters = (await shared.Database.RowsAsync(
                $"SELECT log_offset, field, stage, error_chain FROM uvlm.dead_letter WHERE topic = '{SharedNode.Topic}' AND log_offset >= {offsets[0]} ORDER BY log_offset"))
            .Select(static row => row.Split('|', 4)).ToDictionary(static row => long.Parse(row[0], CultureInfo.InvariantCulture));
        Assert.Equal(hostile.Select((_, i) => offsets[(2 * i) + 1]), letters.Keys.Order());
        Assert.Multiple([.. hostile.Select((input, i) => (Action)(() =>
        {
            var letter = letters[offsets[(2 * i) + 1]];
            Assert.True(input.Field == letter[1], $"{input}: names '{letter[1]}' in {letter[2]}: {letter[3]}");
            Assert.Contains(input.Field, letter[3], StringComparison.Ordinal);
        }))]);
        await AssertAliveAsync();
    }

    [Fact]
    public async Task What_can_be_seen_at_once_is_refused_over_HTTP_and_the_rest_becomes_a_dead_letter()
    {
        var last = await shared.Database.ScalarAsync<long>("SELECT coalesce(max(id), 0) FROM uvlm.dead_letter");
        var late = new List<(HostileInput Input, long Position)>();
        foreach (var input in HostileInput.All(tenant).Where(static i => !i.KafkaOnly))
        {
            using var body = new ByteArrayContent(input.Record.Value!);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var reply = await shared.Node.PostAsync("/v1/documents", body);
            if (input.SeenAtOnce)
            {
                Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{input}: {(int)reply.Status} {reply.Body}");
                reply.AssertRefused(HttpStatusCode.BadRequest, input.Field);
            }
            else
            {
                Assert.True(reply.Status == HttpStatusCode.Accepted, $"{input}: {(int)reply.Status} {reply.Body}");
                late.Add((input, (long)reply.Json["position"]!));
            }
        }

        await shared.Node.PushAsync(new JsonObject { ["id"] = "good", ["version"] = 1, ["tenant"] = tenant, ["parts"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "After all that." }) });
        await shared.UntilStoredAsync(tenant, 1);
        // Of this tenant: another test's may come late.
        await shared.Database.UntilAsync($"SELECT count(*) = {late.Count} FROM uvlm.dead_letter WHERE id > {last} AND tenant = '{tenant}'", () => shared.Node.Process.Output);
        Assert.Equal(
            late.Select(static l => string.Create(CultureInfo.InvariantCulture, $"{l.Position}|hostile|{l.Input.Field}")),
            await shared.Database.RowsAsync($"SELECT log_offset, document_id, field FROM uvlm.dead_letter WHERE id > {last} AND tenant = '{tenant}' ORDER BY log_offset"));
        await AssertAliveAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_beyond_the_limit_is_refused_with_or_without_its_length_known(bool lengthIsKnown)
    {
        // Of unknown length it is read up to the limit, and this is one byte beyond: whoever sends more finds the connection closed.
        using var body = new OversizedContent(lengthIsKnown ? 100 << 20 : DocumentLimits.Default.MaxDocumentBytes + 1, lengthIsKnown);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = body };
        // Else the client would go on sending what nobody reads.
        request.Headers.ExpectContinue = lengthIsKnown;
        using var response = await shared.Node.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        await AssertAliveAsync();
    }

    [Fact]
    public async Task A_line_of_100_MB_in_a_file_is_a_dead_letter_and_its_neighbours_are_stored()
    {
        await using var data = new DataFolder();
        var file = data.PathOf("huge.jsonl");
        await using (var stream = File.Create(file))
        {
            await stream.WriteAsync(Line("before"));
            await stream.WriteAsync("{\"id\":\"huge\",\"parts\":[{\"type\":\"text\",\"text\":\""u8.ToArray());
            var block = Encoding.UTF8.GetBytes(new string('x', 1 << 20));
            for (var i = 0; i < 100; i++)
                await stream.WriteAsync(block);
            await stream.WriteAsync("\"}]}\n"u8.ToArray());
            // Within the line's limit, beyond the text's.
            await stream.WriteAsync(Encoding.UTF8.GetBytes($$"""{"id":"long","parts":[{"type":"text","text":"{{new string('y', 5 << 20)}}"}]}""" + "\n"));
            await stream.WriteAsync(Line("after"));
        }

        var run = await Uvlm.RunAsync(["ingest", file, "--data", data.Root]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("2 stored, 0 unchanged, 0 deleted, 0 older than stored, 2 dead-lettered", run.Output, StringComparison.Ordinal);
        await using var database = await data.OpenDatabaseAsync();
        Assert.Equal(["after", "before"], await database.RowsAsync("SELECT id FROM uvlm.document ORDER BY id"));
        Assert.Equal(["huge|$", "long|parts[0].text"], await database.RowsAsync("SELECT document_id, field FROM uvlm.dead_letter ORDER BY log_offset"));
    }

    private static byte[] Line(string id) => Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","parts":[{"type":"text","text":"{{id}} the storm"}]}""" + "\n");

    private KafkaRecord Good(int i, string text) => new(
        Encoding.UTF8.GetBytes($"good-{i}"), Encoding.UTF8.GetBytes($$"""{"id":"good-{{i}}","version":1,"tenant":"{{tenant}}","parts":[{"type":"text","text":"{{text}}"}]}"""));

    private async Task AssertAliveAsync() => Assert.Equal("healthy", await shared.Node.Http.GetStringAsync("/health"));

    /// <summary>Spaces without end, never held in memory.</summary>
    private sealed class OversizedContent(long length, bool lengthIsKnown) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[1 << 20];
            block.AsSpan().Fill((byte)' ');
            for (var left = length; left > 0; left -= block.Length)
                await stream.WriteAsync(block.AsMemory(0, (int)Math.Min(left, block.Length)));
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return lengthIsKnown;
        }
    }
}
