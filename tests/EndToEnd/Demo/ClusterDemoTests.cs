using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Demo;

/// <summary>What <c>./run --nodes 3</c> shows, over a small corpus and with a node less.</summary>
public sealed class ClusterDemoTests
{
    [Fact]
    public async Task Nodes_are_killed_and_nothing_is_lost_and_nobody_notices()
    {
        await using var data = new DataFolder();
        var corpus = Directory.CreateDirectory(data.PathOf("corpus")).FullName;
        for (var i = 0; i < 90; i++)
            await File.WriteAllTextAsync(Path.Combine(corpus, $"page{i:00}.html"), $"<html><head><title>Page {i}</title></head><body><p>The crop tool number {i} cuts a picture.</p></body></html>");

        // The gateway shows the certificate; what it is told of a real node is nothing to the demo.
        CertificatePair.Write(data, "somewhere.example.org");
        var run = await Uvlm.RunAsync(
            ["demo", "--once", "--nodes", "2", "--corpus", corpus, "--data", data.PathOf("demo"), "--url", "https://127.0.0.1:0"],
            environment: new Dictionary<string, string>
            {
                ["UVLM_DATABASE"] = "Host=nowhere.invalid;Username=nobody",
                ["UVLM_AUTH"] = "keys",
                ["UVLM_TLS_CERTIFICATE"] = data.PathOf("certificate.pem"),
                ["UVLM_TLS_KEY"] = data.PathOf("key.pem"),
            });

        run.AssertSucceeded();
        Assert.Contains("The gateway serves at https://127.0.0.1:", run.Output, StringComparison.Ordinal);
        Assert.Contains("90 documents sent, 90 of them stored, 0 dead letters: 0 lost, 0 duplicated", run.Output, StringComparison.Ordinal);
        Assert.Contains("node-1 was killed in the middle of ingestion", run.Output, StringComparison.Ordinal);
        Assert.Matches("node-2 was killed in the middle of the searches and started again. [1-9][0-9]* searches answered, 0 failed", run.Output);
        Assert.Single(run.Output.Split("answer: ").Skip(1));
        Assert.Contains($"Ask on: ./uvlm query --data \"{data.PathOf("demo")}\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_node_alone_is_no_cluster()
        => Assert.Contains("--nodes", (await Uvlm.RunAsync(["demo", "--nodes", "1"])).Errors, StringComparison.Ordinal);
}
