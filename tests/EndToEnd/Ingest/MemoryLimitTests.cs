using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>A node with the smallest limit it takes, and everything that senders can think of: its peak, as the kernel counts it, stays below.</summary>
public sealed partial class MemoryLimitTests : IAsyncLifetime
{
    private readonly DataFolder data = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => data.DisposeAsync().AsTask();

    [Fact]
    public async Task The_peak_stays_below_the_limit_whatever_is_sent()
    {
        var refused = await Uvlm.RunAsync(["serve", "--url", "http://127.0.0.1:0", "--data", data.Root, "--memory-mb", "64", "--log-level", "warning"]);
        refused.AssertFailedWithOneLine(2, "--memory-mb 64 is too small", "smallest limit is");
        var limit = int.Parse(Smallest().Match(refused.Errors).Groups[1].Value, CultureInfo.InvariantCulture);

        await using var node = await ServingNode.StartAsync(data, "--memory-mb", limit.ToString(CultureInfo.InvariantCulture));
        // What no budget holds is refused by name, and the rest is taken.
        Assert.Equal("parts", await DeadFieldAsync(node, Document("pictures", Enumerable.Repeat(Picture(Pictures.Png(1)), 400))));
        Assert.Equal("parts[0].data", await DeadFieldAsync(node, Document("heavy", [Picture(HugeWebP())])));
        await AssertTooHeavyToAskAsync(node);
        await AssertTooLargeAsync(node);
        var sent = Enumerable.Range(0, 6).Select(static i => Document($"words{i}", Enumerable.Repeat(Part($"w{i}"), 4096)))
            .Concat(Enumerable.Range(0, 20).Select(static i => Document($"pictures{i}", Enumerable.Range(0, 30).Select(p => Picture(Pictures.Png((30 * i) + p))))))
            .Concat(Enumerable.Range(0, 3).Select(static i => Text($"text{i}", string.Concat(Enumerable.Repeat($"A river runs {i} to the sea. ", 5000)))))
            .Concat(Enumerable.Range(0, 12).Select(static i => Document($"noise{i}", [Part("Noise."), Picture(Noise(i))])));
        await Parallel.ForEachAsync(sent, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (document, _) => await PushAsync(node, document));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => node.PostAsync("/v1/search", new JsonObject { ["parts"] = new JsonArray(Picture(Pictures.Png(i)), Part("river")) })));

        await using var database = await data.OpenDatabaseAsync();
        // However long all of it takes: as long as something is taken up, it goes on.
        const string Left = "SELECT count(*) FROM uvlm.inbox WHERE status = 'received'";
        for (long left; (left = await database.ScalarAsync<long>(Left)) > 0;)
            await database.UntilAsync($"SELECT ({Left}) < {left}", () => node.Process.Output);
        Assert.Equal(6 + 20 + 3, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.document WHERE id NOT LIKE 'noise%'"));
        Assert.Equal("healthy", await node.Http.GetStringAsync("/health"));
        Assert.InRange(PeakMegabytes(node.Process.Id), 1, limit - 1);
    }

    /// <summary>A question is told the same, whether it is a search, an answer or a conversation.</summary>
    private static async Task AssertTooHeavyToAskAsync(ServingNode node)
    {
        const string Refusal = "MB to decode, and the node's memory limit allows";
        foreach (var path in (string[])["/v1/search", "/v1/answer"])
        {
            var asked = await node.PostAsync(path, new JsonObject { ["parts"] = new JsonArray(Picture(HugeWebP())) });
            asked.AssertRefused(HttpStatusCode.BadRequest, "parts[0].data");
            Assert.Contains(Refusal, (string)asked.Json["detail"]!, StringComparison.Ordinal);
        }

        var picture = new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = $"data:image/webp;base64,{Convert.ToBase64String(HugeWebP())}" } };
        var turn = new JsonObject { ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "What is it?" }, picture) };
        var chat = await node.PostAsync("/v1/chat/completions", new JsonObject { ["model"] = "uvlm-tiny", ["messages"] = new JsonArray(turn) });
        Assert.True(chat.Status == HttpStatusCode.BadRequest, $"{chat.Status} {chat.Body}");
        Assert.StartsWith("messages[0].content[1].", (string?)chat.Json["error"]!["param"], StringComparison.Ordinal);
        Assert.Contains(Refusal, (string)chat.Json["error"]!["message"]!, StringComparison.Ordinal);
    }

    private static async Task PushAsync(ServingNode node, JsonObject document)
    {
        // Full for now is an answer that a sender has to expect.
        await Waiting.UntilAsync(
            async () => (await node.PostAsync("/v1/documents", document.DeepClone())).Status is HttpStatusCode.Accepted or HttpStatusCode.RequestEntityTooLarge,
            () => node.Process.Output);
    }

    private static async Task AssertTooLargeAsync(ServingNode node)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = new ByteArrayContent(new byte[8 << 20]) };
        // Else the client would go on sending what nobody reads.
        request.Headers.ExpectContinue = true;
        using var reply = await node.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.StatusCode);
    }

    private static async Task<string?> DeadFieldAsync(ServingNode node, JsonObject document)
    {
        var accepted = await node.PostAsync("/v1/documents", document);
        Assert.True(accepted.Status == HttpStatusCode.Accepted, accepted.Body);
        var outcome = await node.OutcomeAsync((string)accepted.Json["statusUrl"]!);
        Assert.True((string?)outcome["status"] == "dead", outcome.ToJsonString());
        Assert.Contains("memory limit", (string)outcome["dead"]!["reason"]!, StringComparison.Ordinal);
        return (string?)outcome["dead"]!["field"];
    }

    private static int PeakMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(static l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>The header of a picture of 8,000 x 8,000, which would be held whole.</summary>
    private static byte[] HugeWebP()
    {
        var file = new byte[64];
        "RIFF"u8.CopyTo(file);
        BitConverter.TryWriteBytes(file.AsSpan(4), 56);
        "WEBPVP8L"u8.CopyTo(file.AsSpan(8));
        BitConverter.TryWriteBytes(file.AsSpan(16), 44);
        file[20] = 0x2F;
        BitConverter.TryWriteBytes(file.AsSpan(21), 7999u | (7999u << 14));
        return file;
    }

    /// <summary>Two megabytes behind the header of a picture: carried through all stages up to the decoder.</summary>
    private static byte[] Noise(int seed)
    {
        var file = new byte[2 << 20];
        new Random(seed).NextBytes(file);
        Pictures.Png(seed).AsSpan(0, 33).CopyTo(file);
        return file;
    }

    private static JsonObject Document(string id, IEnumerable<JsonObject> parts) => new() { ["id"] = id, ["parts"] = new JsonArray([.. parts.Select(static p => p.DeepClone())]) };

    private static JsonObject Text(string id, string text) => Document(id, [Part(text)]);

    private static JsonObject Part(string text) => new() { ["type"] = "text", ["text"] = text };

    private static JsonObject Picture(byte[] file) => new() { ["type"] = "image", ["data"] = Convert.ToBase64String(file) };

    [GeneratedRegex(@"smallest limit is (\d+)")]
    private static partial Regex Smallest();
}
