using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>A password that the program was given is in nothing that it says, at any level.</summary>
public sealed class SecretTests : IAsyncLifetime
{
    private const string Password = "Tr0ub4dor-s3cret";

    private readonly DataFolder data = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => data.DisposeAsync().AsTask();

    [Theory]
    [InlineData("serve")]
    [InlineData("ingest")]
    [InlineData("doctor")]
    [InlineData("dead list")]
    [InlineData("offsets adopt")]
    public async Task Help_shows_no_secret_of_the_environment(string command)
    {
        var run = await Uvlm.RunAsync([.. command.Split(' '), "--help"], environment: new Dictionary<string, string>
        {
            ["UVLM_DATABASE"] = $"Host=db;Username=u;Password={Password}",
            ["UVLM_KAFKA_SETTINGS"] = $"sasl.password={Password}",
        });
        run.AssertSucceeded();
        AssertSilent(run);
        Assert.Contains("UVLM_DATABASE", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"Host=127.0.0.1;Port=1;Username=u;Password={Password}", 3)]
    [InlineData($"Password={Password};Host=127.0.0.1;Port=1", 3)]
    [InlineData($"Host=127.0.0.1;Pasword={Password}", 2)]
    [InlineData($"Host=127.0.0.1;Password=a;{Password}=b", 2)]
    [InlineData($"Host=127.0.0.1;Port={Password}", 2)]
    [InlineData($"postgres://u:{Password}@127.0.0.1:1/db", 2)]
    [InlineData($"@/nowhere/{Password}x", 2, false)]
    public async Task A_database_that_does_not_answer_or_a_string_that_is_none(string database, int exitCode, bool isSecret = true)
    {
        foreach (var viaVariable in (bool[])[true, false])
        {
            var run = await Uvlm.RunAsync(
                ["dead", "list", "--log-level", "trace", .. viaVariable ? (string[])[] : ["--database", database]],
                environment: viaVariable ? new Dictionary<string, string> { ["UVLM_DATABASE"] = database } : null);
            Assert.Equal(exitCode, run.ExitCode);
            Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
            if (isSecret)
                AssertSilent(run);
        }
    }

    [Fact]
    public async Task A_mistyped_option_does_not_repeat_what_follows()
    {
        var run = await Uvlm.RunAsync(["dead", "list", "--databse", $"Host=db;Password={Password};Database=x"]);
        Assert.NotEqual(0, run.ExitCode);
        AssertSilent(run);
        Assert.Contains("Password=***", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_for_Kafka_that_are_none()
    {
        foreach (var setting in (string[])[Password, $"={Password}", $"sasl.passwort={Password}", $"enable.auto.commit={Password}", $"session.timeout.ms={Password}"])
        {
            var run = await Uvlm.RunAsync(["serve", "--url", "http://127.0.0.1:0", "--kafka", "127.0.0.1:1", "--kafka-set", setting, "--data", data.Root, "--log-level", "trace"]);
            Assert.NotEqual(0, run.ExitCode);
            AssertSilent(run);
        }
    }

    [Fact]
    public async Task A_node_at_its_most_talkative_with_secrets_from_files()
    {
        await using var database = await data.OpenDatabaseAsync();
        await using var broker = await TestBroker.StartAsync("documents:1");
        // The server asks the kernel who we are and no password: one that is given is passed over.
        await File.WriteAllTextAsync(data.PathOf("database"), $"Password={Password};{database.ConnectionString};Persist Security Info=true;Log Parameters=true\n");
        await File.WriteAllTextAsync(data.PathOf("sasl"), Password + "\n");
        string[] secrets = ["--database", "@" + data.PathOf("database"), "--kafka", broker.Bootstrap, "--kafka-set", "sasl.username=u", "--kafka-set", "sasl.password=@" + data.PathOf("sasl")];

        await using (var node = await ServingNode.StartAsync(data, ["--log-level", "trace", "--kafka-set", "debug=all", .. secrets]))
        {
            await node.PushAsync(new JsonObject { ["id"] = "x", ["parts"] = JsonNode.Parse("""[{"type":"text","text":"One."}]""") });
            await database.UntilAsync("SELECT count(*) = 1 FROM uvlm.document");
            Assert.DoesNotContain(Password, await node.Http.GetStringAsync("/v1/status"), StringComparison.Ordinal);
            await node.Process.TerminateAsync();
            Assert.True(node.Process.CountLines("librdkafka") > 0, node.Process.Output);
            Assert.Equal(0, node.Process.CountLines(Password));
        }

        // It gives the brokers ten seconds, which a busy machine may take.
        Finished? doctor = null;
        await Waiting.UntilAsync(
            async () =>
            {
                doctor = await Uvlm.RunAsync(["doctor", "--data", data.Root, .. secrets]);
                AssertSilent(doctor);
                return doctor.ExitCode == 0;
            },
            () => $"{doctor?.Output}\n{doctor?.Errors}");
    }

    private static void AssertSilent(Finished run)
    {
        Assert.DoesNotContain(Password, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, run.Errors, StringComparison.Ordinal);
    }
}
