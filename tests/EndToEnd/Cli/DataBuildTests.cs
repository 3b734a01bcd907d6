using UnifiedVlm.Tests.EndToEnd.Support;
using UnifiedVlm.Tests.Unit.Documents;

namespace UnifiedVlm.Tests.EndToEnd.Cli;

/// <summary><c>uvlm data build</c> without its sources: what is missing is said before anything is made.</summary>
public sealed class DataBuildTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Emoji_that_are_not_there()
    {
        (await BuildAsync()).AssertFailedWithOneLine(2, "emojibase", "deploy/emoji.sh");
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "data")));
    }

    [Fact]
    public async Task Manuals_that_are_not_there_leave_an_earlier_build_as_it_was()
    {
        folder.Write("sources/emojibase/en/data.json", "[]");
        folder.Write("sources/openmoji/data/openmoji.json", "[]");
        foreach (var style in new[] { "noto", "twemoji" })
        {
            folder.Write($"sources/{style}/icons.json", """{"width":128,"height":128,"icons":{}}""");
            folder.Write($"sources/{style}/chars.json", "{}");
        }

        var manifest = folder.Write("data/eval/manifest.json", "[]");
        var pages = folder.Write("data/manuals/documents.jsonl", "of an earlier build");
        (await BuildAsync()).AssertFailedWithOneLine(2, "gimp-help-en", "deploy/manuals.sh");
        Assert.Equal("[]", await File.ReadAllTextAsync(manifest));
        Assert.Equal("of an earlier build", await File.ReadAllTextAsync(pages));
    }

    private Task<Finished> BuildAsync() => Uvlm.RunAsync(["data", "build", "--sources", Path.Combine(folder.Path, "sources"), "--out", Path.Combine(folder.Path, "data")]);
}
