using System.Net;
using System.Net.Sockets;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>What a user gets wrong is told in one line on standard error, with an exit code and without a stack trace.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private readonly DataFolder data = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => data.DisposeAsync().AsTask();

    [Fact]
    public async Task A_file_that_is_not_there()
        => (await Uvlm.RunAsync(["ingest", "/nowhere/documents.jsonl", "--data", data.Root])).AssertFailedWithOneLine(2, "/nowhere/documents.jsonl");

    [Theory]
    [InlineData("serve")]
    [InlineData("chat", "--no-documents")]
    [InlineData("ingest", "-")]
    public async Task A_folder_that_is_no_model(string command, params string[] arguments)
        => (await Uvlm.RunAsync([command, .. arguments, "--model", "/nowhere", "--data", data.Root, "--log-level", "warning"])).AssertFailedWithOneLine(2, "/nowhere/config.json");

    [Fact]
    public async Task A_model_whose_weights_are_cut_off()
    {
        var folder = Directory.CreateDirectory(data.PathOf("model"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Uvlm.RepositoryRoot, "models", "uvlm-tiny"), "*.json"))
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "model.safetensors"), new byte[100]);
        (await Uvlm.RunAsync(["chat", "--no-documents", "--model", folder.FullName, "--data", data.Root])).AssertFailedWithOneLine(2, "model.safetensors");
    }

    [Theory]
    [InlineData("--device", "gpu", "cuda:N")]
    [InlineData("--dtype", "int8", "bfloat16")]
    public async Task A_device_or_type_that_is_none(string option, string value, string fix)
        => (await Uvlm.RunAsync(["embed", "--input", "/dev/null", option, value])).AssertFailedWithOneLine(2, option, value, fix);

    [Fact]
    public async Task A_port_in_use()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (await Uvlm.RunAsync(["serve", "--url", $"http://127.0.0.1:{port}", "--data", data.Root, "--log-level", "critical"]))
            .AssertFailedWithOneLine(3, $"{port}", "in use");
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("erase", "--tenant", "a", "--yes")]
    [InlineData("dead", "list")]
    [InlineData("key", "list")]
    [InlineData("index", "status")]
    [InlineData("doctor", "--cluster")]
    [InlineData("query", "water")]
    [InlineData("chat")]
    [InlineData("index", "create")]
    [InlineData("bench", "recall")]
    public async Task A_store_that_is_not_there_is_not_made_to_find_nothing_in_it(params string[] command)
    {
        (await Uvlm.RunAsync([.. command, "--data", data.PathOf("elsewhere")])).AssertFailedWithOneLine(2, "--database", "--data");
        Assert.False(Directory.Exists(data.PathOf("elsewhere/pg/cluster")));
    }

    [Fact]
    public async Task A_database_that_does_not_answer()
        => (await Uvlm.RunAsync(["dead", "list", "--database", "Host=127.0.0.1;Port=1;Username=nobody"])).AssertFailedWithOneLine(3, "database", "127.0.0.1:1");

    [Fact]
    public async Task A_tokenizer_that_is_not_there()
        => (await Uvlm.RunAsync(["model", "tokenize", "/nowhere/tokenizer.json"])).AssertFailedWithOneLine(2, "/nowhere/tokenizer.json");

    [Fact]
    public async Task A_checkpoint_to_run_that_is_not_there()
        => (await Uvlm.RunAsync(["model", "run", "/nowhere", "--inputs", "/nowhere/in", "--outputs", data.PathOf("out")])).AssertFailedWithOneLine(2, "/nowhere");

    [Fact]
    public async Task A_host_to_fetch_from_that_is_none()
        => (await Uvlm.RunAsync(["ingest", "-", "--fetch-hosts", "cdn.example.org,https://example.org/", "--data", data.Root]))
            .AssertFailedWithOneLine(2, "--fetch-hosts", "'https://example.org/'", "*.example.org");

    [Theory]
    [InlineData("query water --k abc", "--k 'abc' is not a whole number", "uvlm query --help")]
    [InlineData("query water --budget-ms soon", "--budget-ms 'soon' is not a whole number")]
    [InlineData("serve --inbox-bytes 1e9", "--inbox-bytes '1e9' is not a whole number of bytes")]
    [InlineData("serve --keep-blobs 0", "--keep-blobs must be at least 1")]
    [InlineData("serve --keep-blobs 300000000", "--keep-blobs must be at most 878400")]
    [InlineData("serve --rescan-seconds 5000000", "--rescan-seconds must be at most 86400")]
    [InlineData("serve --drain-seconds 5000000", "--drain-seconds must be at most 86400")]
    [InlineData("serve --kafka localhost:1 --kafka-set a=1 --kafka-set a=2", "--kafka-set a is given twice")]
    [InlineData("subscription add water --threshold 0.5 --alignment NaN", "--alignment NaN", "0 or less")]
    [InlineData("subscription add water --threshold 0.5 --alignment=-Infinity", "--alignment -Infinity", "0 or less")]
    [InlineData("subscription add water --threshold 0.5 --collection a/b", "--collection", "a/b")]
    [InlineData("serve --threads 99999999999", "--threads '99999999999' is not a whole number")]
    [InlineData("serve --url http://127.0.0.1:99999", "--url", "99999", "65535")]
    [InlineData("ingest /dev/null --foo", "--foo")]
    [InlineData("ingest /dev/null --collection a/b", "--collection", "a/b")]
    [InlineData("ingest /tmp --picture-root /tmp", "--picture-root", "JSON Lines")]
    [InlineData("dead list --stage foo", "--stage", "'foo'", "fetch", "crash")]
    [InlineData("tokenizer train /dev/null --out /dev/null", "no line of text")]
    [InlineData("train --recipe contrastive --data /nowhere --out /nowhere --set optimizer.lr=abc", "optimizer.lr=abc", "Double")]
    public async Task An_option_that_can_not_be_taken(string arguments, params string[] words)
    {
        var run = await Uvlm.RunAsync([.. arguments.Split(' '), .. arguments.StartsWith("tr", StringComparison.Ordinal) || arguments.StartsWith("to", StringComparison.Ordinal) ? (string[])[] : ["--data", data.Root]]);
        run.AssertFailedWithOneLine(2, words);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("--data", "dead", "list", "--data", "")]
    [InlineData("--model", "serve", "--model", "")]
    [InlineData("--input", "embed", "--input", "")]
    [InlineData("--output", "generate", "--output", "")]
    [InlineData("--root", "embed", "--root", "")]
    [InlineData("--out", "eval", "--data", "/nowhere", "--out", "")]
    [InlineData("--image", "query", "water", "--image", "a.png", "--image", "")]
    [InlineData("--parts", "subscription", "add", "--threshold", "0.5", "--parts", "")]
    [InlineData("tokenizer", "model", "tokenize", "")]
    public async Task An_empty_path(string named, params string[] arguments)
        => (await Uvlm.RunAsync(arguments)).AssertFailedWithOneLine(2, $"{named} is empty");

    [Fact]
    public async Task An_empty_path_in_the_environment()
        => (await Uvlm.RunAsync(["dead", "list"], environment: new Dictionary<string, string> { ["UVLM_DATA"] = "" })).AssertFailedWithOneLine(2, "UVLM_DATA is empty");

    [Fact]
    public async Task A_number_too_small_in_the_environment_is_named_as_it_was_given()
        => (await Uvlm.RunAsync(["doctor", "--data", data.Root], environment: new Dictionary<string, string> { ["UVLM_THREADS"] = "-1" }))
            .AssertFailedWithOneLine(2, "UVLM_THREADS must be at least");

    [Fact]
    public async Task A_topic_that_is_none()
        => (await Uvlm.RunAsync(["broker", "--topic", "documents"])).AssertFailedWithOneLine(2, "documents", "NAME:PARTITIONS");

    [Fact]
    public async Task A_question_without_words_and_pictures()
        => (await Uvlm.RunAsync(["query", "--data", data.Root])).AssertFailedWithOneLine(2, "--image");

    [Fact]
    public async Task A_number_that_is_none_in_the_environment()
        => (await Uvlm.RunAsync(["doctor", "--data", data.Root], environment: new Dictionary<string, string> { ["UVLM_THREADS"] = "many" }))
            .AssertFailedWithOneLine(2, "UVLM_THREADS", "many");

    [Fact]
    public async Task A_corpus_that_is_not_there()
        => (await Uvlm.RunAsync(["demo", "--once", "--corpus", "/nowhere", "--data", data.Root, "--url", "http://127.0.0.1:0"])).AssertFailedWithOneLine(2, "/nowhere", "--corpus");

    [Theory]
    [InlineData("30")]
    [InlineData("d")]
    [InlineData("0d")]
    [InlineData("-3d")]
    [InlineData("3y")]
    [InlineData("99999999d")]
    public async Task A_time_to_keep_that_is_none(string time)
        => (await Uvlm.RunAsync(["serve", $"--keep-events={time}", "--data", data.Root])).AssertFailedWithOneLine(2, "--keep-events", $"'{time}'", "30d");
}
