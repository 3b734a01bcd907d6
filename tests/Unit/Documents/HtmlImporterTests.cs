using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Tests.Unit.Documents;

public class HtmlImporterTests
{
    [Fact]
    public void Paragraphs_are_gathered_up_to_the_target_length()
    {
        var page = string.Concat(Enumerable.Range(0, 10).Select(static i => $"<p>{new string((char)('a' + i), 98)}</p>"));

        var texts = Texts(Import($"<body>{page}</body>", new ImportOptions { TargetTextLength = 300 }));

        Assert.Equal([298, 298, 298, 98], texts.Select(static t => t.Length));
    }

    [Fact]
    public void A_heading_begins_a_part_and_is_not_parted_from_what_follows()
    {
        var texts = Texts(Import("<h1>One</h1><h2>Two</h2><p>text</p><h2>Three</h2><p>more</p>"));

        Assert.Equal(["One\n\nTwo\n\ntext", "Three\n\nmore"], texts);
    }

    [Fact]
    public void A_term_is_not_parted_from_what_explains_it()
    {
        var texts = Texts(Import($"<p>{new string('a', 95)}</p><dl><dt>term</dt><dd>meaning</dd></dl>", new ImportOptions { TargetTextLength = 101 }));

        Assert.Equal([new string('a', 95), "term\nmeaning"], texts);
    }

    [Theory]
    [InlineData("<p>a<b>b</b>c</p>", "abc")]
    [InlineData("<p>a <b> b</b>\n c</p>", "a b c")]
    [InlineData("<p>a<br>b</p>", "a\nb")]
    [InlineData("a<div>b</div>c", "a\n\nb\n\nc")]
    [InlineData("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c")]
    [InlineData("<ol start=3><li>a</li><li><p>b</p><p>c</p></li></ol>", "3. a\n4. b\nc")]
    [InlineData("<table><tr><td>a</td><td>b <i>c</i></td></tr><tr><td>d</td><td></td></tr></table>", "a | b c\nd |")]
    [InlineData("<table><caption>t</caption><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "t\n\na\n\nb\n\nc")]
    [InlineData("<table><tr><td>layout</td></tr></table>", "layout")]
    [InlineData("<pre>  a\n   b &lt;c&gt;\n</pre>", "  a\n   b <c>")]
    [InlineData("<ol><li><pre>x</pre></li></ol>", "1. x")]
    [InlineData("<dl><dt>a</dt><dt>b</dt><dd>c</dd></dl>", "a\nb\nc")]
    [InlineData("<p>a</p><hr><p>b &amp; c</p>", "a\n\nb & c")]
    [InlineData("<main><p>a</p></main><p>site</p>", "a")]
    [InlineData("<article><header><h1>a</h1></header><p>b</p></article><header>site</header>", "a\n\nb")]
    [InlineData("<article>a</article><article>b</article>", "a\n\nb")]
    [InlineData("<header>x</header><footer>x</footer><aside>x</aside><p>a</p>", "a")]
    [InlineData("<p hidden>x</p><p aria-hidden=true>x</p><p style='visibility :hidden'>x</p><p>a</p>", "a")]
    [InlineData("<button>x</button><noscript>x</noscript><svg><text>x</text></svg><p>a</p>", "a")]
    [InlineData("<form><label>x <input value=x></label><select><option>x</select><textarea>x</textarea><p>a</p></form>", "a")]
    [InlineData("<form id=page><h1>a</h1><p>b</p></form>", "a\n\nb")]
    [InlineData("<table><tr><td>a</td><form><td>b</td></form></tr></table>", "a | b")]
    [InlineData("<h2 id=content>a</h2><p>b</p>", "a\n\nb")]
    [InlineData("<a id=main-content></a><p>a</p>", "a")]
    [InlineData("<div id=content></div><p>a</p>", "a")]
    [InlineData("<section id=content>a</section><p>the rest</p>", "a\n\nthe rest")]
    [InlineData("<p>site</p><div id=content>the page</div>", "the page")]
    [InlineData("<p>a <img src=x.png alt='the alt'> b</p>", "a the alt b")]
    [InlineData("<p>a <img src=x.png alt='[Note]'> b</p>", "a b")]
    [InlineData("<p>a <img src=x.png alt='x.png'> b</p>", "a b")]
    [InlineData("<div class=toc>contents</div><p>a</p>", "a")]
    [InlineData("<h1>T</h1><div class=toc>contents</div>", "T\n\ncontents")]
    [InlineData("<h1>only a heading</h1>", "only a heading")]
    public void Reading_order(string html, string expected) => Assert.Equal([expected], Texts(Import(html)));

    [Theory]
    [InlineData("")]
    [InlineData("<html><body></body></html>")]
    [InlineData("<nav>x</nav><script>y</script>")]
    [InlineData("<p> \n&nbsp;</p>")]
    public void A_page_without_content_is_no_document(string html) => Assert.Null(new HtmlImporter().Import("a", Stream(html)));

    [Theory]
    [InlineData("<title>t</title><h1>h <em>1</em></h1><h2>x</h2>", "h 1")]
    [InlineData("<h1><b>a </b>b<i>c</i><div>d</div><a class=headerlink>#</a></h1>", "a bc d")]
    [InlineData("<title>t</title><h2>two</h2><p>x</p>", "two")]
    [InlineData("<title>only\n this</title><p>x</p>", "only this")]
    [InlineData("<p>x</p>", null)]
    [InlineData("<h1>1.2.3. Numbered</h1>", "Numbered")]
    [InlineData("<h1>2001: x</h1>", "2001: x")]
    [InlineData("<meta name=generator content='DocBook XSL'><h1>Chapter 14. Tools</h1>", "Tools")]
    public void Titles(string html, string? title) => Assert.Equal(title, Import(html).Title);

    [Theory]
    [InlineData("<html lang=pt-BR><p>x", "pt-BR")]
    [InlineData("<html lang='not a tag'><p>x", "fr")]
    [InlineData("<p>x", "fr")]
    public void Languages(string html, string language) =>
        Assert.Equal(language, Import(html, new ImportOptions { Language = "fr" }).Language);

    [Fact]
    public void A_picture_inside_the_page_is_kept()
    {
        var png = TestPictures.Png(80, 60);
        var document = Import($"<p>before</p><img alt=' the\n alt ' src='data:image/png;base64,{TestPictures.Base64(png)}'><p>after</p>");

        Assert.Equal(3, document.Parts.Count);
        var image = Assert.IsType<ImagePart>(document.Parts[1]);
        Assert.Equal("the alt", image.Alt);
        Assert.Equal(png, Assert.IsType<InlineImage>(image.Source).Data.ToArray());
    }

    [Theory]
    [InlineData("data:image/gif;base64,R0lGODlhAQABAAAAACw=")]
    [InlineData("data:image/svg+xml;utf8,<svg/>")]
    [InlineData("data:,")]
    [InlineData("PNG 1")]
    [InlineData("")]
    public void A_placeholder_gives_way_to_the_picture_that_is_loaded_late(string placeholder)
    {
        var png = TestPictures.Png(80, 60);
        if (placeholder == "PNG 1")
            placeholder = $"data:image/png;base64,{TestPictures.Base64(TestPictures.Png(1, 1))}";

        var document = Import($"<p>x</p><img src=\"{placeholder}\" data-src=\"data:image/png;base64,{TestPictures.Base64(png)}\">");

        Assert.Equal(png, Assert.IsType<InlineImage>(Assert.IsType<ImagePart>(document.Parts[1]).Source).Data.ToArray());
    }

    [Fact]
    public void A_picture_within_the_page_does_not_give_way()
    {
        var png = TestPictures.Png(80, 60);

        var document = Import($"<p>x</p><img src=\"data:image/png;base64,{TestPictures.Base64(png)}\" data-src=\"data:image/png;base64,{TestPictures.Base64(TestPictures.Png(90, 60))}\">");

        Assert.Equal(png, Assert.IsType<InlineImage>(Assert.IsType<ImagePart>(document.Parts[1]).Source).Data.ToArray());
    }

    [Theory]
    [InlineData("data:image/png;base64,????")]
    [InlineData("data:image/svg+xml;utf8,<svg/>")]
    [InlineData("data:image/gif;base64,R0lGODlhAQABAAAAACw=")]
    [InlineData("data:")]
    public void A_broken_picture_inside_the_page_leaves_its_words(string source) =>
        Assert.Equal(["a words b"], Texts(Import($"<p>a <img alt=words src=\"{source}\"> b</p>")));

    [Theory]
    [InlineData("", 20, 20, false)]
    [InlineData("", 48, 48, false)]
    [InlineData("", 49, 10, true)]
    [InlineData("width=16 height=16", 300, 300, false)]
    [InlineData("width=16px", 300, 300, false)]
    [InlineData("width=100%", 300, 300, true)]
    [InlineData("class=icon", 300, 300, false)]
    public void Small_pictures_are_icons(string attributes, int width, int height, bool kept)
    {
        var document = Import($"<p>x</p><img {attributes} src='data:image/png;base64,{TestPictures.Base64(TestPictures.Png(width, height))}'>");

        Assert.Equal(kept, document.Parts.Any(static p => p is ImagePart));
    }

    [Fact]
    public void A_captioned_picture_may_be_smaller()
    {
        var document = Import($"<figure><img src='data:image/png;base64,{TestPictures.Base64(TestPictures.Png(24, 24))}'><figcaption>The <b>button</b></figcaption></figure><p>x</p>");

        Assert.Equal("The button", Assert.IsType<ImagePart>(document.Parts[0]).Alt);
        Assert.Equal(new TextPart("The button"), document.Parts[1]);
        Assert.Equal(new TextPart("x"), document.Parts[2]);
    }

    [Theory]
    [InlineData("<figure><div class=figure>PIC</div><figcaption>outer</figcaption></figure>", "outer")]
    [InlineData("<figure><figure>PIC<figcaption>inner</figcaption></figure><figcaption>outer</figcaption></figure>", "inner")]
    [InlineData("<figure>PIC<p class=title>first</p><figcaption>second</figcaption></figure>", "first")]
    [InlineData("<div>PIC<div class=caption>elsewhere</div></div>", null)]
    public void A_picture_has_the_first_caption_of_the_nearest_figure_that_has_one(string html, string? caption)
    {
        var picture = $"<img src='data:image/png;base64,{TestPictures.Base64(TestPictures.Png(80, 60))}'>";

        Assert.Equal(caption, Import(html.Replace("PIC", picture, StringComparison.Ordinal)).Parts.OfType<ImagePart>().Single().Alt);
    }

    [Fact]
    public void A_page_is_looked_through_for_captions_once_however_many_pictures_a_figure_has()
    {
        var picture = $"<img src='data:image/png;base64,{TestPictures.Base64(TestPictures.Png(80, 60))}'>";
        using var page = GuardedHtmlParser.Parse($"<figure>{picture}{picture}</figure>");
        var context = new PageContext("", null, ImportOptions.Default, new ImportStatistics());
        Assert.Null(context.Picture(page.Images[0]).Picture!.Alt);

        // One that looked again for the second picture would find it.
        var late = page.CreateElement("figcaption");
        late.TextContent = "late";
        page.QuerySelector("figure")!.AppendChild(late);

        Assert.Null(context.Picture(page.Images[1]).Picture!.Alt);
        Assert.Equal("late", new PageContext("", null, ImportOptions.Default, new ImportStatistics()).Picture(page.Images[1]).Picture!.Alt);
    }

    [Theory]
    [InlineData("<div>", 600)]
    [InlineData("<div>", 200_000)]
    [InlineData("<ul><li>", 100_000)]
    [InlineData("<span>", 200_000)]
    [InlineData("<b>", 200_000)]
    public void Absurd_nesting_is_refused(string unit, int count)
    {
        var html = string.Concat(Enumerable.Repeat(unit, count)) + "x";

        var error = Assert.Throws<DocumentRejectedException>(() => Import(html));

        Assert.Equal("$", error.Field);
        Assert.Contains("512", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_of_500_is_read() =>
        Assert.Equal(["x"], Texts(Import(string.Concat(Enumerable.Repeat("<div>", 500)) + "x")));

    [Fact]
    public void A_page_that_multiplies_its_elements_is_refused()
    {
        // Every paragraph opens all the unclosed formatting elements before it again.
        var html = "<p>" + string.Concat(Enumerable.Range(0, 400).Select(static i => $"<b id={i}>")) + string.Concat(Enumerable.Repeat("<p>x", 4_000));

        Assert.Equal("$", Assert.Throws<DocumentRejectedException>(() => Import(html)).Field);
    }

    [Fact]
    public void Text_beyond_the_limit_is_refused()
    {
        var error = Assert.Throws<DocumentRejectedException>(() => Import($"<p>{new string('x', 101)}", new ImportOptions { Limits = new DocumentLimits { MaxTextLength = 100 } }));

        Assert.Equal("parts[0].text", error.Field);
    }

    private static InterleavedDocument Import(string html, ImportOptions? options = null)
    {
        var document = new HtmlImporter(options).Import("a", Stream(html));
        Assert.NotNull(document);
        return document;
    }

    private static MemoryStream Stream(string html) => new(Encoding.UTF8.GetBytes(html));

    private static IEnumerable<string> Texts(InterleavedDocument document) => document.Parts.Cast<TextPart>().Select(static t => t.Text);
}
