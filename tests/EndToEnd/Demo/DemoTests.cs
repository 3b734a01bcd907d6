using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Demo;

/// <summary>What <c>./run</c> shows, over a small corpus.</summary>
public sealed partial class DemoTests
{
    private static readonly string SmallCorpus = Path.Combine(AppContext.BaseDirectory, "data", "documents", "corpus");

    [Fact]
    public async Task A_corpus_is_ingested_and_three_questions_are_answered_and_the_second_time_nothing_is_sent()
    {
        await using var data = new DataFolder();
        var corpus = data.PathOf("corpus");
        for (var i = 0; i < 24; i++)
            await WritePageAsync(corpus, i);
        string[] arguments = ["demo", "--once", "--documents", "20", "--corpus", corpus, "--data", data.PathOf("demo"), "--url", "http://127.0.0.1:0"];

        var first = await Uvlm.RunAsync(arguments);

        first.AssertSucceeded();
        Assert.Contains("20 new of 20 documents", first.Output, StringComparison.Ordinal);
        Assert.Contains("The store holds 20 documents", first.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 dead letters", first.Output, StringComparison.Ordinal);
        AssertAnswered(first.Output, 3);

        // What a real node is told with variables is nothing to the demo: it finds its own store as it was.
        var outside = new Dictionary<string, string>
        {
            ["UVLM_DATABASE"] = "Host=nowhere.invalid;Username=nobody",
            ["UVLM_ROLES"] = "query",
            ["UVLM_GROUP"] = "production",
            ["UVLM_AUTH"] = "keys",
            ["UVLM_WATCH"] = corpus,
            ["UVLM_TENANT"] = "somebody",
            ["UVLM_COLLECTION"] = "theirs",
            ["UVLM_TLS_CERTIFICATE"] = "/etc/uvlm/tls/node.pem",
            ["UVLM_TLS_KEY"] = "/etc/uvlm/tls/node.key",
        };
        var second = await Uvlm.RunAsync(arguments, environment: outside);

        second.AssertSucceeded();
        Assert.Contains("All 20 documents of the corpus are stored already; nothing was sent.", second.Output, StringComparison.Ordinal);
        AssertAnswered(second.Output, 3);
        Assert.False(File.Exists(data.PathOf("demo/pg/cluster/postmaster.pid")), "the demo's PostgreSQL was left running");

        // The command that it ends with finds what it has stored, where the demo was started.
        var words = Words().Matches(AskOn().Match(second.Output).Groups["words"].Value).Select(static word => word.Groups["word"].Value).ToList();
        Assert.Equal(["query", "--data", data.PathOf("demo")], words.Take(3));
        var query = await Uvlm.RunAsync([.. words.SkipLast(1), "crop", "--json", "--k", "3"], environment: outside);
        query.AssertSucceeded();
        Assert.Equal(3, JsonNode.Parse(query.Output)!["hits"]!.AsArray().Count);
    }

    [Fact]
    public async Task Without_larger_pictures_the_question_in_words_remains()
    {
        await using var data = new DataFolder();
        var run = await Uvlm.RunAsync(["demo", "--once", "--corpus", SmallCorpus, "--data", data.PathOf("demo"), "--url", "http://127.0.0.1:0"]);
        run.AssertSucceeded();
        AssertAnswered(run.Output, 1);
    }

    [Fact]
    public async Task Over_TLS_its_own_certificate_is_enough_whoever_has_signed_it_and_wherever_it_listens()
    {
        await using var data = new DataFolder();
        CertificatePair.Write(data, "somewhere.example.org");
        var run = await Uvlm.RunAsync(
            ["demo", "--once", "--corpus", SmallCorpus, "--data", data.PathOf("demo"), "--url", "https://0.0.0.0:0"],
            environment: new Dictionary<string, string>
            {
                ["UVLM_AUTH"] = "none",
                ["UVLM_TLS_CERTIFICATE"] = data.PathOf("certificate.pem"),
                ["UVLM_TLS_KEY"] = data.PathOf("key.pem"),
            });
        run.AssertSucceeded();
        Assert.Contains("The node serves at https://0.0.0.0:", run.Output, StringComparison.Ordinal);
        AssertAnswered(run.Output, 1);
    }

    /// <summary>Each answer follows a table of what was found.</summary>
    private static void AssertAnswered(string output, int questions)
    {
        Assert.Equal(questions, output.Split("answer: ").Length - 1);
        Assert.Equal(questions, output.Split("what matched").Length - 1);
        Assert.DoesNotContain("Nothing was found", output, StringComparison.Ordinal);
    }

    private static async Task WritePageAsync(string corpus, int i)
    {
        Directory.CreateDirectory(Path.Combine(corpus, "images"));
        await File.WriteAllBytesAsync(Path.Combine(corpus, "images", $"p{i}.png"), Pictures.Png(i, side: 96));
        await File.WriteAllTextAsync(Path.Combine(corpus, $"page{i:00}.html"), $"""
            <!DOCTYPE html><html lang="en"><head><title>Page {i}</title></head><body>
            <h1>How to crop image {i}</h1>
            <p>Choose the crop tool number {i}, drag a rectangle over the image and press the button.</p>
            <p><img src="images/p{i}.png" alt="The cropped image {i}"></p>
            <p>The result of page {i} is shown above.</p>
            </body></html>
            """);
    }

    [GeneratedRegex("(?m)^Ask on: \\./uvlm (?<words>query .+)$")]
    private static partial Regex AskOn();

    /// <summary>As a shell takes them apart.</summary>
    [GeneratedRegex("\"(?<word>[^\"]*)\"|(?<word>\\S+)")]
    private static partial Regex Words();
}
