using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Tests.Unit.Documents;

public class MarkdownImporterTests
{
    [Fact]
    public void Front_matter_gives_title_and_language()
    {
        var document = new MarkdownImporter().Import("a", "---\ntitle: 'A: b'\nlang: de\nother:\n---\n# Heading\n\ntext")!;

        Assert.Equal(("A: b", "de"), (document.Title, document.Language));
        Assert.Equal([new TextPart("Heading\n\ntext")], document.Parts);
    }

    [Fact]
    public void Without_front_matter_the_first_heading_is_the_title() =>
        Assert.Equal("Heading", new MarkdownImporter().Import("a", "intro\n\n# Heading\n\n---\n")!.Title);

    [Fact]
    public void Tables_lists_and_code_are_text()
    {
        var document = new MarkdownImporter().Import("a", "1. x\n2. y\n\n|a|b|\n|-|-|\n|1|2|\n\n```\n  code\n```\n")!;

        Assert.Equal([new TextPart("1. x\n2. y\n\na | b\n1 | 2\n\n  code")], document.Parts);
    }

    [Theory]
    [InlineData("a {name} b", "a {name} b")]
    [InlineData("x {hidden} y", "x {hidden} y")]
    [InlineData("# Set {width=5}\n\ntext", "Set {width=5}\n\ntext")]
    [InlineData("^^ below", "^^ below")]
    [InlineData("She said \"\"so\"\".", "She said \"\"so\"\".")]
    [InlineData(":::note\nx\n:::", ":::note x :::")]
    [InlineData("x^2 + y^2", "x^2 + y^2")]
    [InlineData("- [x] done\n- [ ] open", "- [x] done\n- [ ] open")]
    [InlineData("~~old~~ new", "old new")]
    [InlineData("term\n:   meaning", "term\nmeaning")]
    public void Prose_stays_as_it_is_written(string markdown, string expected) =>
        Assert.Equal([new TextPart(expected)], new MarkdownImporter().Import("a", markdown)!.Parts);

    [Theory]
    [InlineData("Content")]
    [InlineData("3. Content")]
    [InlineData("Main content")]
    public void No_heading_is_taken_for_the_whole(string heading)
    {
        var document = new MarkdownImporter().Import("a", $"intro\n\n## {heading}\n\nbody\n\n<main>\n\nmain\n\n</main>\n\nend")!;

        Assert.Equal([new TextPart("intro"), new TextPart($"{heading}\n\nbody\n\nmain\n\nend")], document.Parts);
    }

    [Fact]
    public void Raw_html_follows_the_same_rules() =>
        Assert.Equal([new TextPart("a\n\nb")], new MarkdownImporter().Import("a", "a\n\n<nav>x</nav>\n\n<div>b</div>\n")!.Parts);

    [Fact]
    public void An_empty_file_is_no_document() => Assert.Null(new MarkdownImporter().Import("a", "\n<!-- nothing -->\n"));

    [Theory]
    [InlineData(">")]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("*a ")]
    public void Absurd_nesting_is_refused_or_read(string unit)
    {
        var markdown = string.Concat(Enumerable.Repeat(unit, 1_000)) + "x";

        try
        {
            Assert.NotNull(new MarkdownImporter().Import("a", markdown));
        }
        catch (DocumentRejectedException e)
        {
            Assert.Equal("$", e.Field);
        }
    }
}
