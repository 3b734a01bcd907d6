using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary><c>uvlm generate</c> as someone else's measurement drives it.</summary>
public sealed class GenerateTests
{
    private const string Parts = "\"parts\":[{\"type\":\"text\",\"text\":\"What is a crop?\"}]";

    [Fact]
    public async Task Each_prompt_gives_a_line_and_greedy_ones_the_same_every_time()
    {
        var picture = Convert.ToBase64String(Pictures.Png(3));
        string[] lines =
        [
            $"{{\"id\":\"plain\",{Parts},\"max_tokens\":6}}",
            $"{{\"id\":\"evidence\",{Parts},\"max_tokens\":3,\"evidence\":[{{\"title\":\"Cutting\",\"parts\":[{{\"type\":\"text\",\"text\":\"A crop cuts.\"}}]}}]}}",
            $"{{\"id\":\"picture\",\"parts\":[{{\"type\":\"image\",\"data\":\"{picture}\"}},{{\"type\":\"text\",\"text\":\"What is it?\"}}],\"max_tokens\":4}}",
            $"{{\"id\":\"again\",{Parts},\"max_tokens\":6}}",
            $"{{\"id\":\"instructed\",{Parts},\"max_tokens\":6,\"instruction\":\"Be short.\"}}",
            $"{{\"id\":\"seed 1\",{Parts},\"max_tokens\":6,\"temperature\":1.5,\"top_k\":500,\"top_p\":0.99,\"seed\":1}}",
            $"{{\"id\":\"seed 2\",{Parts},\"max_tokens\":6,\"temperature\":1.5,\"top_k\":500,\"top_p\":0.99,\"seed\":2}}",
        ];
        var run = await RunAsync([], lines);
        run.AssertSucceeded();
        var results = Lines(run);
        Assert.Equal(["plain", "evidence", "picture", "again", "instructed", "seed 1", "seed 2"], results.Select(static r => (string?)r["id"]));
        Assert.All(results, static r => Assert.InRange((int)r["tokens"]!, 0, 6));
        Assert.InRange((int)results[1]["tokens"]!, 0, 3);
        Assert.Equal((string?)results[0]["text"], (string?)results[3]["text"]);
        Assert.NotEqual((string?)results[5]["text"], (string?)results[6]["text"]);
        Assert.Equal(run.Output, (await RunAsync([], lines)).Output);
    }

    [Fact]
    public async Task Who_waits_for_a_result_before_sending_the_next_line_gets_it()
    {
        await using var program = Uvlm.Start(["generate"], Encoding.UTF8.GetBytes($"{{\"id\":\"q\",{Parts},\"max_tokens\":2}}\n"), keepInputOpen: true);
        Assert.Contains("\"text\"", await program.WaitForLineAsync("{\"id\":\"q\""), StringComparison.Ordinal);
        program.CloseInput();
        await program.WaitForExitAsync();
        Assert.Equal(0, program.ExitCode);
    }

    [Theory]
    [InlineData("max_tokens", ",\"max_tokens\":0")]
    [InlineData("max_tokens", ",\"max_tokens\":\"many\"")]
    [InlineData("max_tokens", ",\"max_tokens\":65537")]
    [InlineData("max_token", ",\"max_token\":5")]
    [InlineData("temperature", ",\"temperature\":-1")]
    [InlineData("top_p", ",\"top_p\":0")]
    [InlineData("evidence", ",\"evidence\":{}")]
    [InlineData("evidence[0]", ",\"evidence\":[1]")]
    [InlineData("evidence[1].parts", ",\"evidence\":[{\"parts\":[{\"type\":\"text\",\"text\":\"a\"}]},{\"parts\":[]}]")]
    [InlineData("evidence[0].parts[0].path", ",\"evidence\":[{\"parts\":[{\"type\":\"image\",\"path\":\"a.png\"}]}]")]
    public async Task What_is_wrong_is_named(string field, string more)
    {
        var kept = await RunAsync(["--keep-going"], $"{{\"id\":\"q\",{Parts}{more}}}");
        kept.AssertSucceeded();
        var line = Assert.Single(Lines(kept));
        Assert.Equal("q", (string?)line["id"]);
        Assert.StartsWith($"{field}: ", (string?)line["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_beyond_the_context_is_an_upper_bound()
    {
        var run = await RunAsync([], $"{{\"id\":\"q\",{Parts},\"max_tokens\":65536}}");
        run.AssertSucceeded();
        Assert.NotEqual("", (string?)Assert.Single(Lines(run))["text"]);
    }

    [Fact]
    public async Task The_bounds_of_a_share_are_said_in_words()
    {
        var kept = await RunAsync(["--keep-going"], $"{{\"id\":\"q\",{Parts},\"top_p\":1.5}}");
        Assert.Equal("top_p: is not a number above 0 and at most 1. Send such a number or leave the field out.", (string?)Assert.Single(Lines(kept))["error"]);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        var run = await RunAsync([], $"\uFEFF{{\"id\":\"q\",{Parts},\"max_tokens\":1}}");
        run.AssertSucceeded();
        Assert.Equal("q", (string?)Assert.Single(Lines(run))["id"]);
    }

    [Fact]
    public async Task A_bad_line_ends_the_run_with_its_number_and_field()
    {
        var run = await RunAsync([], $"{{\"id\":\"q\",{Parts},\"max_tokens\":1}}", "{\"id\":\"bad\"}");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("q", (string?)Assert.Single(Lines(run))["id"]);
        Assert.StartsWith("uvlm: line 2 (bad): parts: ", run.Errors.Split('\n')[^1], StringComparison.Ordinal);
    }

    private static Task<Finished> RunAsync(string[] arguments, params string[] lines)
        => Uvlm.RunAsync(["generate", .. arguments], Encoding.UTF8.GetBytes(string.Concat(lines.Select(static line => line + "\n"))));

    private static JsonNode[] Lines(Finished run) => [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];
}
