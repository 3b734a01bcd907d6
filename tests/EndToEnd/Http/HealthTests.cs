using System.Net;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

public sealed class HealthTests
{
    [Fact]
    public async Task While_the_database_is_away_a_node_is_not_ready_and_tells_nobody_more_than_that()
    {
        await using var data = new DataFolder();
        await using var database = await data.OpenDatabaseAsync();
        await using var node = await ServingNode.StartAsync(data, "--roles", "query");
        Assert.Equal("healthy", await node.Http.GetStringAsync("/health"));

        // The program's connections are gone, and it gets no new ones.
        _ = await database.RowsAsync("ALTER ROLE uvlm CONNECTION LIMIT 0");
        _ = await database.RowsAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'uvlm'");
        var (status, body) = (HttpStatusCode.OK, "");
        await Waiting.UntilAsync(
            async () =>
            {
                using var reply = await node.Http.GetAsync("/health");
                (status, body) = (reply.StatusCode, await reply.Content.ReadAsStringAsync());
                return status != HttpStatusCode.OK;
            },
            () => node.Process.Output);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("The database does not answer.", (string?)JsonNode.Parse(body)!["detail"]);

        _ = await database.RowsAsync("ALTER ROLE uvlm CONNECTION LIMIT -1");
        await Waiting.UntilAsync(async () => (await node.Http.GetAsync("/health")).StatusCode == HttpStatusCode.OK, () => node.Process.Output);
    }
}
