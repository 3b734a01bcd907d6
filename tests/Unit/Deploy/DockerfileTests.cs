using System.Text.RegularExpressions;
using UnifiedVlm.Tests.Unit.Architecture;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>The rules that an image is built by; no image was built.</summary>
public sealed partial class DockerfileTests
{
    /// <summary>Instructions, with continued lines joined and comments left out.</summary>
    private static readonly (string Name, string Text)[] Instructions =
    [
        .. Continued().Replace(string.Join('\n', Repository.Read("deploy/Dockerfile").Split('\n').Where(static line => !line.StartsWith('#'))), " ")
            .Split('\n').Where(static line => line.Length > 0).Select(static line => (line.Split(' ')[0], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim())),
    ];

    private static readonly Dictionary<string, string> Arguments = Instructions.Where(static i => i.Name == "ARG" && i.Text.Contains('=', StringComparison.Ordinal))
        .ToDictionary(static i => i.Text.Split('=')[0], static i => i.Text.Split('=')[1]);

    [Fact]
    public void Every_base_is_a_stage_or_an_image_with_a_version()
    {
        var stages = new List<string>();
        foreach (var from in Instructions.Where(static i => i.Name == "FROM").Select(static i => From().Match(i.Text)))
        {
            var image = Argument().Replace(from.Groups["image"].Value, static a => Arguments[a.Groups[1].Value]);
            Assert.True(stages.Contains(image) || Version().IsMatch(image), image);
            stages.Add(from.Groups["stage"].Value);
        }

        Assert.Equal(["cpu", "cuda"], stages.Where(static s => s is "cpu" or "cuda").Order());
        Assert.Equal("cpu", stages[^1]);
        var copiedFrom = Instructions.Where(static i => i.Name == "COPY").Select(static i => CopyFrom().Match(i.Text)).Where(static m => m.Success);
        Assert.All(copiedFrom, copy => Assert.Contains(copy.Groups[1].Value, stages));
    }

    [Fact]
    public void What_it_copies_from_the_checkout_is_there_and_not_left_out_of_the_context()
    {
        var context = Repository.Read(".dockerignore").Split('\n').Where(static line => line.StartsWith('!')).Select(static line => line[1..]).ToList();
        var copied = Instructions.Where(static i => i.Name == "COPY" && !i.Text.StartsWith("--from", StringComparison.Ordinal)).SelectMany(static i => i.Text.Split(' ')[..^1]).Distinct().ToList();
        Assert.NotEmpty(copied);
        Assert.All(copied, path =>
        {
            Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), path);
            Assert.Contains(context, allowed => path == allowed || path.StartsWith(allowed + "/", StringComparison.Ordinal));
        });
        Assert.All(context, allowed => Assert.True(Path.Exists(Path.Combine(Repository.Root, allowed)), allowed));
    }

    [Fact]
    public void Both_images_end_as_a_user_without_rights()
    {
        foreach (var target in (string[])["cuda", "cpu"])
        {
            var stage = Instructions.SkipWhile(i => !(i.Name == "FROM" && i.Text.EndsWith(" AS " + target, StringComparison.Ordinal))).Skip(1).TakeWhile(static i => i.Name != "FROM");
            Assert.Equal(("USER", "10001:10001"), stage.Last());
        }
    }

    [Fact]
    public void It_says_how_it_is_started_stopped_and_asked_whether_it_lives()
    {
        Assert.Contains("/alive", Assert.Single(Instructions, static i => i.Name == "HEALTHCHECK").Text);
        Assert.Equal("""["/opt/uvlm/uvlm"]""", Assert.Single(Instructions, static i => i.Name == "ENTRYPOINT").Text);
        Assert.Equal("""["serve"]""", Assert.Single(Instructions, static i => i.Name == "CMD").Text);
        Assert.Equal("SIGTERM", Assert.Single(Instructions, static i => i.Name == "STOPSIGNAL").Text);
        Assert.DoesNotContain(Instructions, static i => i.Name == "ADD");
        Assert.All(Instructions.Where(static i => i.Text.Contains("apt-get install", StringComparison.Ordinal)), static i =>
        {
            Assert.Contains("--no-install-recommends", i.Text);
            Assert.Contains("rm -rf /var/lib/apt/lists/*", i.Text);
        });
    }

    [Fact]
    public void Its_steps_are_steps_of_the_script()
    {
        var known = Steps().Match(Repository.Read("deploy/image.sh")).Groups[1].Value;
        var used = Instructions.Where(static i => i.Name == "RUN" && i.Text.StartsWith("deploy/image.sh ", StringComparison.Ordinal)).SelectMany(static i => i.Text.Split(' ')[1..]).Distinct();
        Assert.Equal(["librdkafka", "native", "packages", "program"], used.Order());
        Assert.All(used, step => Assert.Contains($"[{step}]=", known));
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"^(?<image>\S+) AS (?<stage>\S+)$")]
    private static partial Regex From();

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Argument();

    [GeneratedRegex(@":[0-9][0-9a-z.-]*$")]
    private static partial Regex Version();

    [GeneratedRegex(@"^--from=(\S+) ")]
    private static partial Regex CopyFrom();

    [GeneratedRegex(@"TITLES=\((.*)\)")]
    private static partial Regex Steps();
}
