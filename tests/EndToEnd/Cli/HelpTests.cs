using System.Text.RegularExpressions;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary>--help is the reference of the settings: every one with its variable and its default.</summary>
public sealed partial class HelpTests
{
    // What belongs to one call and is no setting has no variable; its default it names all the same.
    private static readonly string[] PerCall =
        ["--cluster", "--once", "--until-stdin-closes", "--image", "--answer", "--json", "--inputs", "--outputs", "--greedy", "--image-token", "--log-id", "--as-text",
            "--input", "--output", "--root", "--keep-going", "--format",
            "--repair", "--id", "--yes",
            "--name", "--all-tenants", "--scope", "--requests-per-minute", "--tokens-per-minute", "--expires", "--no-documents",
            "--parts", "--like", "--mode", "--budget-ms", "--candidates", "--ef-search", "--filter", "--samples", "--queries", "--questions", "--fit", "--ef", "--target",
            "--sets", "--scores", "--set", "--path", "--images", "--split", "--gallery", "--out", "--max",
            "--threshold", "--alignment", "--tune", "--rate", "--follow", "--against", "--sample", "--generation", "--leave-failed", "--behind", "--patience-seconds",
            "--reason", "--stage", "--document", "--from", "--to", "--first", "--last", "--start", "--trained", "--share"];

    [Theory]
    [InlineData("serve")]
    [InlineData("demo")]
    [InlineData("doctor")]
    [InlineData("broker")]
    [InlineData("ingest")]
    [InlineData("query")]
    [InlineData("dead list")]
    [InlineData("dead show")]
    [InlineData("dead replay")]
    [InlineData("dead drop")]
    [InlineData("offsets list")]
    [InlineData("offsets adopt")]
    [InlineData("events restored")]
    [InlineData("index create")]
    [InlineData("index status")]
    [InlineData("index compare")]
    [InlineData("index switch")]
    [InlineData("index rollback")]
    [InlineData("index drop")]
    [InlineData("verify")]
    [InlineData("erase")]
    [InlineData("key create")]
    [InlineData("key list")]
    [InlineData("key revoke")]
    [InlineData("subscription add")]
    [InlineData("subscription list")]
    [InlineData("subscription remove")]
    [InlineData("embed")]
    [InlineData("generate")]
    [InlineData("eval")]
    [InlineData("eval compare")]
    [InlineData("eval retrieval")]
    [InlineData("eval refusal")]
    [InlineData("bench recall")]
    [InlineData("model interpolate")]
    [InlineData("model run")]
    [InlineData("model tokenize")]
    [InlineData("align")]
    [InlineData("train")]
    [InlineData("data build")]
    [InlineData("data parts")]
    public async Task Every_setting_names_its_variable_and_its_default_once(string command)
    {
        var run = await Uvlm.RunAsync([.. command.Split(' '), "--help"]);
        run.AssertSucceeded();
        Assert.Empty(run.Errors);
        var options = run.Output.Split('\n').Select(static line => OptionLine().Match(line)).Where(static m => m.Success).ToList();
        Assert.NotEmpty(options);
        Assert.All(options.Where(static m => m.Groups["name"].Value is not ("--help" or "--version")), option =>
        {
            var name = option.Groups["name"].Value;
            if (!option.Value.Contains("(REQUIRED)", StringComparison.Ordinal))
                Assert.Single(Default().Matches(option.Value));
            if (!PerCall.Contains(name) && !IsOtherwise(command, name))
                Assert.Single(EnvironmentVariable().Matches(option.Value));
        });
    }

    /// <summary>Elsewhere a setting, here what this one call is about.</summary>
    private static bool IsOtherwise(string command, string option)
        => (command, option) is ("eval" or "eval compare", "--data")
            || (command.Split(' ')[0], option) is ("offsets", "--topic" or "--partition") or ("dead", "--topic" or "--tenant") or ("erase" or "key", "--tenant") or ("bench" or "index", "--k") or ("ingest", "--watch");

    [Fact]
    public async Task The_program_lists_its_commands()
    {
        var run = await Uvlm.RunAsync(["--help"]);
        run.AssertSucceeded();
        Assert.All((string[])["serve", "demo", "doctor", "broker", "ingest", "query", "chat", "dead", "offsets", "events", "index", "verify", "erase", "key", "embed", "generate", "eval", "bench", "model", "align"],
            command => Assert.Matches($"(?m)^  {command}\\b", run.Output));
    }

    [GeneratedRegex(@"^  (?:-\?, -h, )?(?<name>--[a-z-]+).*$")]
    private static partial Regex OptionLine();

    [GeneratedRegex(@"\[env: UVLM_[A-Z_]+\]")]
    private static partial Regex EnvironmentVariable();

    [GeneratedRegex(@"\[default: [^\]]+\]")]
    private static partial Regex Default();
}
