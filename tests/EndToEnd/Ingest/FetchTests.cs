using System.Text;
using UnifiedVlm.Tests.EndToEnd.Support;
using UnifiedVlm.Tests.Unit.Streams.Fetching;

namespace UnifiedVlm.Tests.EndToEnd.Ingest;

/// <summary>Pictures by address, from the options on the command line to the store.</summary>
public sealed class FetchTests
{
    [Fact]
    public async Task Pictures_are_fetched_from_the_hosts_that_are_listed_and_from_no_others()
    {
        await using var data = new DataFolder();
        var picture = Pictures.Png(1);
        await using var server = new TrickServer((stream, head, token) => head.StartsWith("GET /bomb ", StringComparison.Ordinal)
            ? TrickServer.WriteAsync(stream, "HTTP/1.1 200 OK", Pictures.PngThatClaims(30_000, 30_000), token)
            : head.StartsWith("GET /a.png ", StringComparison.Ordinal)
                ? TrickServer.WriteAsync(stream, "HTTP/1.1 200 OK", picture, token)
                : TrickServer.WriteAsync(stream, "HTTP/1.1 404 Not Found", "secret"u8.ToArray(), token));
        var lines = $$"""
            {"id":"fetched","parts":[{"type":"image","url":"http://127.0.0.1:{{server.Port}}/a.png"}]}
            {"id":"within","parts":[{"type":"image","data":"{{Convert.ToBase64String(picture)}}"}]}
            {"id":"missing","parts":[{"type":"text","text":"x"},{"type":"image","url":"http://127.0.0.1:{{server.Port}}/b.png"}]}
            {"id":"elsewhere","parts":[{"type":"image","url":"http://127.0.0.1:1/a.png"}]}
            {"id":"bomb","parts":[{"type":"image","url":"http://127.0.0.1:{{server.Port}}/bomb"}]}

            """;
        string[] arguments = ["ingest", "-", "--data", data.Root, "--fetch-private", $"127.0.0.1:{server.Port}", "--fetch-http"];

        var first = await Uvlm.RunAsync(arguments, Encoding.UTF8.GetBytes(lines));
        Assert.Equal(1, first.ExitCode);
        Assert.StartsWith("2 stored, 0 unchanged, 0 deleted, 0 older than stored, 3 dead-lettered", first.Output, StringComparison.Ordinal);
        // Fetched again: what comes decides whether anything has changed.
        var second = await Uvlm.RunAsync(arguments, Encoding.UTF8.GetBytes(lines));
        Assert.StartsWith("0 stored, 2 unchanged, 0 deleted, 0 older than stored, 3 dead-lettered", second.Output, StringComparison.Ordinal);

        await using var database = await data.OpenDatabaseAsync();
        Assert.Equal(["fetched|1", "within|1"], await database.RowsAsync("SELECT d.id, count(*) FROM uvlm.document d JOIN uvlm.document_blob USING (tenant, id) JOIN uvlm.blob USING (tenant, sha256) GROUP BY d.id ORDER BY 1"));
        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.blob"));
        Assert.Equal(
            ["bomb|prepare|parts[0].url", "elsewhere|fetch|parts[0].url", "missing|fetch|parts[1].url"],
            await database.RowsAsync("SELECT DISTINCT document_id, stage, field FROM uvlm.dead_letter ORDER BY 1"));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM uvlm.dead_letter WHERE (reason || error_chain) LIKE '%secret%'"));
    }
}
