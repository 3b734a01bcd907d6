using System.CommandLine;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Tests.Unit.Server.Demo;

/// <summary>Where the demo has its store, whom it lets in, and how it says to go on.</summary>
public sealed class DemoOptionsTests
{
    private const string Local = "http://127.0.0.1:7077";

    private static readonly DemoOptions Options = new("corpus", "/srv/my demo", OwnsData: false, Local, 0, Once: true, 0);

    [Fact]
    public void Nodes_that_are_killed_have_a_folder_of_their_own_unless_one_is_named()
    {
        Assert.NotEqual(DemoOptions.OwnFolder(0), DemoOptions.OwnFolder(3));
        Assert.Equal(DemoOptions.OwnFolder(0), Folder(0));
        Assert.Equal(DemoOptions.OwnFolder(3), Folder(3));
        Assert.Equal("/srv/demo", Folder(3, "--data", "/srv/demo"));
        // Also where that is the folder that a node alone would have.
        Assert.Equal(DemoOptions.OwnFolder(0), Folder(3, "--data", DemoOptions.OwnFolder(0)));
    }

    [Fact]
    public void A_folder_may_be_named_in_the_environment_which_the_command_line_goes_before()
    {
        var variable = Only("UVLM_DEMO_DATA", "/srv/theirs");
        Assert.Equal("/srv/theirs", Folder(0, variable));
        Assert.Equal("/srv/theirs", Folder(3, variable));
        Assert.Equal("/srv/demo", Folder(3, variable, "--data", "/srv/demo"));
    }

    [Theory]
    [InlineData(Local, null)]
    [InlineData("https://127.0.0.1:7077", "/etc/node.pem")]
    [InlineData("https://0.0.0.0:7077;https://[::1]:7078", "/etc/node.pem")]
    public void A_certificate_in_the_environment_is_for_https_alone(string url, string? certificate)
        => Assert.Equal(certificate, (Options with { Url = url, Variable = Only("UVLM_TLS_CERTIFICATE", "/etc/node.pem") }).Certificate);

    [Theory]
    [InlineData(Local, null, "")]
    [InlineData(Local, "none", "")]
    [InlineData(Local, "keys", "")]
    [InlineData("http://0.0.0.0:7077", "none", "none")]
    [InlineData(Local + ";http://0.0.0.0:7078", "none", "none")]
    public void Everybody_may_come_in_where_it_is_said_and_otherwise_this_machine(string url, string? said, string told)
        => Assert.Equal($"--auth {told}", string.Join(' ', (Options with { Url = url, Variable = Only("UVLM_AUTH", said) }).Access()));

    [Theory]
    [InlineData("http://0.0.0.0:7077", null)]
    [InlineData("http://0.0.0.0:7077", "keys")]
    [InlineData(Local + ";http://0.0.0.0:7078", "keys")]
    public void Where_others_would_need_a_key_nothing_is_shown(string url, string? said)
    {
        var refused = Assert.Throws<UsageException>(() => (Options with { Url = url, Variable = Only("UVLM_AUTH", said) }).Access()).Message;
        Assert.Contains("UVLM_AUTH=none", refused, StringComparison.Ordinal);
        Assert.Contains("--url http://0.0.0.0:", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void How_to_ask_on_names_the_model_that_filled_the_store()
    {
        Assert.Equal("Ask on: ./uvlm query --data \"/srv/my demo\" \"how do I remove red eyes\"", Options.AskOn);
        Assert.Contains(" --data \"/srv/my demo\" --model \"their/model\" ", (Options with { Variable = Only("UVLM_MODEL", "their/model") }).AskOn, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UVLM_DATABASE", "--database \"\"")]
    [InlineData("UVLM_TENANT", "--tenant default")]
    [InlineData("UVLM_COLLECTION", "--collection gimp-help")]
    public void How_to_ask_on_goes_past_what_is_meant_for_a_real_node(string variable, string option)
        => Assert.Contains($" {option} ", (Options with { Variable = Only(variable, "theirs") }).AskOn, StringComparison.Ordinal);

    private static Func<string, string?> Only(string variable, string? value) => asked => asked == variable ? value : null;

    private static string Folder(int nodes, params string[] arguments) => Folder(nodes, static _ => null, arguments);

    private static string Folder(int nodes, Func<string, string?> variable, params string[] arguments)
    {
        var command = DemoCommand.Create();
        var data = command.Options.OfType<Option<string>>().Single(static option => option.Name == "--data");
        return DemoCommand.Folder(command.Parse(arguments), data, nodes, variable);
    }
}
