using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Tests.Unit.Server.Demo;

/// <summary>The demo's processes, started where variables are meant for a real node.</summary>
public sealed class ChildEnvironmentTests
{
    [Fact]
    public void No_database_topic_folder_or_role_comes_from_outside()
    {
        var environment = new Dictionary<string, string?>
        {
            ["UVLM_DATABASE"] = "Host=db;Password=secret",
            ["UVLM_DATA"] = "/srv/uvlm",
            ["UVLM_ROLES"] = "query",
            ["UVLM_NODE_NAME"] = "a",
            ["UVLM_GROUP"] = "production",
            ["UVLM_WATCH"] = "/srv/in",
            ["UVLM_EVENTS_TOPIC"] = "events",
            ["UVLM_KAFKA_SETTINGS"] = "sasl.password=secret",
            ["UVLM_TLS_KEY"] = "/etc/key.pem",
            ["UVLM_MODEL"] = "/srv/model",
            ["UVLM_THREADS"] = "2",
            ["HOME"] = "/root",
            ["PATH"] = "/usr/bin",
        };
        ChildEnvironment.Clean(environment);
        Assert.Equal(["HOME", "PATH", "UVLM_MODEL", "UVLM_THREADS"], environment.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_kept_are_settings_of_a_node()
    {
        var described = ServeCommand.Create().Options.Select(static option => option.Description ?? "").ToList();
        Assert.All(
            ChildEnvironment.Kept.Where(static name => name != "UVLM_NATIVE_DIR"),
            name => Assert.Contains(described, text => text.Contains($"[env: {name}]", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nodes_that_are_killed_have_a_folder_of_their_own_unless_one_is_named()
    {
        Assert.Equal(DemoOptions.OwnFolder(0), DemoOptions.Folder(DemoOptions.OwnFolder(0), nodes: 0));
        Assert.Equal(DemoOptions.OwnFolder(3), DemoOptions.Folder(DemoOptions.OwnFolder(0), nodes: 3));
        Assert.NotEqual(DemoOptions.OwnFolder(0), DemoOptions.OwnFolder(3));
        Assert.Equal("/srv/demo", DemoOptions.Folder("/srv/demo", nodes: 3));
    }

    [Fact]
    public void How_to_ask_on_names_the_model_that_filled_the_store()
    {
        var options = new DemoOptions("corpus", "/srv/my demo", OwnsData: false, "http://127.0.0.1:0", 0, Once: true, 0);
        Assert.Equal("Ask on: ./uvlm query --data \"/srv/my demo\" \"how do I remove red eyes\"", options.AskOn);
        Assert.Contains(" --data \"/srv/my demo\" --model \"their/model\" ", (options with { Model = "their/model" }).AskOn, StringComparison.Ordinal);
    }
}
