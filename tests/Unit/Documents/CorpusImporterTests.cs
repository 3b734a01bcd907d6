using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Importers;

namespace UnifiedVlm.Tests.Unit.Documents;

public sealed class CorpusImporterTests : IDisposable
{
    private static readonly string Corpus = RepositoryFiles.Data("corpus");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_kind_of_file_is_imported_and_every_failure_is_told()
    {
        var failures = new List<ImportFailure>();
        var empty = new List<string>();
        var importer = new CorpusImporter(Corpus, new ImportOptions { IdPrefix = "c/", Tenant = "acme", Collection = "test", OnEmptyPage = empty.Add }, failures.Add);

        var documents = importer.Import().ToList();

        Assert.Equal(["c/guide/docbook.html", "c/guide/sphinx.html", "j1", "j2", "c/notes.md", "single"], documents.Select(static d => d.Id));
        Assert.Equal(["acme", "acme", "acme", "other", "acme", "acme"], documents.Select(static d => d.Tenant));
        Assert.All(documents, static d => Assert.Equal("test", d.Collection));
        Assert.All(documents, static d => DocumentValidator.Validate(d));
        Assert.Equal([("lines.jsonl", 4L, "parts"), ("lines.jsonl", 5L, "parts[0].path")], failures.Select(static f => (f.File, f.Line!.Value, ((DocumentRejectedException)f.Error).Field)));
        Assert.StartsWith("lines.jsonl:4: parts: is empty", failures[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(["empty.html"], empty);
        var statistics = importer.Statistics;
        Assert.Equal((6, 6, 1, 2), (statistics.Files, statistics.Documents, statistics.EmptyPages, statistics.Failures));
        Assert.Equal((6, 2, 2), (statistics.Pictures, statistics.SkippedIcons, statistics.UnusablePictures));
        Assert.Equal(documents.SelectMany(static d => d.Parts).OfType<TextPart>().Sum(static t => t.Text.Length), statistics.Characters);
    }

    [Fact]
    public void A_docbook_page_keeps_its_order_captions_and_notes()
    {
        var document = Import("guide/docbook.html");

        Assert.Equal("The Pump", document.Title);
        Assert.Equal(
            [
                "3.2. The Pump\n\nThe pump moves water.\u00A0Use the dial to set it.",
                "Figure 3.1. The pump from the left",
                "[A red pump: images/pump.png]",
                "Seen without its cover.",
                "[Figure 3.1. The pump from the left: images/valve open.png]",
                "Note\nNever run it dry.\n\n1. Open the valve.\n  - Slowly.\n  - Fully.\n2. Press start.\n\nPressure\nTwo bar.\n\nSpeed | Flow\n1 | 10 l\n2 | 20 l\n\n"
                    + "start --speed 1\n  --flow 10\n\nLost: a missing picture and a remote one .",
            ],
            Show(document));
    }

    [Fact]
    public void A_sphinx_page_keeps_its_order_captions_and_formulas()
    {
        var document = Import("guide/sphinx.html");

        Assert.Equal(("Ventil", "de"), (document.Title, document.Language));
        Assert.Equal(
            [
                "1.4. Ventil\n\nDas Ventil V1 öffnet nach links.",
                "[Das offene Ventil.: images/pump.png]",
                "Das offene Ventil.",
                "Es gilt F = p A .\n\nvalve.open()",
            ],
            Show(document));
    }

    [Fact]
    public void A_markdown_page_keeps_its_order()
    {
        var document = Import("notes.md");

        Assert.Equal(("Field notes", "en"), (document.Title, document.Language));
        Assert.Equal(
            [
                "Monday\n\nWe saw the pump:",
                "[The pump: images/pump.png]",
                "hour | flow\n9 | 10\n\n- one\n- two\n\nuvlm --help",
                "[The valve: images/valve open.png]",
            ],
            Show(document));
    }

    [Fact]
    public void A_picture_on_many_pages_is_decoration_whatever_its_name()
    {
        folder.Write("a/logo.png", TestPictures.Png(90, 90));
        folder.Write("copy of logo.png", TestPictures.Png(90, 90));
        folder.Write("own.png", TestPictures.Png(90, 90, seed: 1));
        for (var page = 0; page < 4; page++)
            folder.Write($"{page}.html", $"<p>page {page}</p><img src=\"{(page == 0 ? "copy%20of%20logo.png" : "a/logo.png")}\"><img src=own.png>".Replace(page > 2 ? "<img src=own.png>" : "\0", ""));

        var importer = new CorpusImporter(folder.Path, new ImportOptions { MaxPictureRepeats = 3, InlinePictures = false });
        var documents = importer.Import().ToList();

        Assert.Equal(4, importer.Statistics.SkippedRepeats);
        Assert.All(documents.Take(3), static d => Assert.Equal("own.png", ((FileImage)d.Parts.OfType<ImagePart>().Single().Source).Path));
        Assert.Single(documents[3].Parts);
    }

    [Theory]
    [InlineData("images/thumbscrew.png", 80, 60, true)]
    [InlineData("images/thumb/a/ab/screw.png", 220, 165, true)]
    [InlineData("images/thumb/a/ab/screw.png", 160, 120, false)]
    [InlineData("Thumbs/screw.png", 80, 60, false)]
    [InlineData("thumb_screw.png", 80, 60, false)]
    [InlineData("screw-thumbnail.png", 80, 60, false)]
    [InlineData("screw_thumb.png", 800, 600, true)]
    [InlineData("thumb.png", 80, 60, false)]
    public void A_thumbnail_is_small_and_called_so(string path, int width, int height, bool kept)
    {
        folder.Write(path, TestPictures.Png(width, height));
        folder.Write("a.html", $"<p>x</p><img src='{path}'>");

        var document = new CorpusImporter(folder.Path, new ImportOptions { InlinePictures = false }).Import().Single();

        Assert.Equal(kept, document.Parts.Any(static p => p is ImagePart));
    }

    [Fact]
    public void Pictures_out_of_the_corpus_are_not_read()
    {
        folder.Write("secret.png", TestPictures.Png(90, 90));
        folder.Write("corpus/a.html", "<p>a</p><img src='../secret.png' alt='one'><img src='%2e%2e/secret.png' alt='two'><img src='link.png' alt='three'>");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "corpus", "link.png"), "../secret.png");

        var document = new CorpusImporter(Path.Combine(folder.Path, "corpus")).Import().Single();

        Assert.Equal([new TextPart("a\n\none two three")], document.Parts);
    }

    [Fact]
    public void Versions_can_be_file_times()
    {
        var file = folder.Write("a.html", "<p>a");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddMicroseconds(1_700_000_000_123_456));

        Assert.Equal(1_700_000_000_123_456, new CorpusImporter(folder.Path, new ImportOptions { VersionFromFileTime = true }).Import().Single().Version);
        Assert.Null(new CorpusImporter(folder.Path).Import().Single().Version);
    }

    [Fact]
    public void One_file_can_be_imported()
    {
        var importer = new CorpusImporter(Path.Combine(Corpus, "notes.md"));

        Assert.Equal("notes.md", importer.Import().Single().Id);
    }

    [Fact]
    public void A_folder_that_is_missing_is_an_error() =>
        Assert.Throws<DirectoryNotFoundException>(() => new CorpusImporter(Path.Combine(folder.Path, "none")));

    [Fact]
    public void Lines_of_any_length_are_read_or_skipped()
    {
        string Line(string id, int length) => $$"""{"id":"{{id}}","parts":[{"type":"text","text":"{{new string('x', length)}}"}]}""";
        var limit = Line("x", 200_000).Length;
        folder.Write("a.jsonl", string.Join('\n', Line("a", 1), Line("b", 200_000), Line("c", 200_001), Line("d", 1_000_000), Line("e", 2) + "\r", Line("f", 500_000)));
        var failures = new List<ImportFailure>();

        var documents = new CorpusImporter(folder.Path, new ImportOptions { Limits = new DocumentLimits { MaxDocumentBytes = limit } }, failures.Add).Import().ToList();

        Assert.Equal(["a", "b", "e"], documents.Select(static d => d.Id));
        Assert.Equal([3, 4, 6], failures.Select(static f => f.Line!.Value));
    }

    [Fact]
    public void Files_beyond_the_limit_are_reported()
    {
        folder.Write("a.html", "<p>" + new string('x', 1000));
        folder.Write("b.md", new string('x', 1000));
        folder.Write("c.json", new string(' ', 1000));
        folder.Write("d.html", "<p>fine");
        var failures = new List<ImportFailure>();

        var documents = new CorpusImporter(folder.Path, new ImportOptions { Limits = new DocumentLimits { MaxDocumentBytes = 100 } }, failures.Add).Import().ToList();

        Assert.Equal("d.html", Assert.Single(documents).Id);
        Assert.Equal(["a.html", "b.md", "c.json"], failures.Select(static f => f.File));
    }

    [Fact]
    public void A_picture_whose_path_no_file_can_have_is_unusable()
    {
        folder.Write("a.html", "<p>one</p><img src='a%00b.png' alt='pump'>");
        folder.Write("b.md", "two\n\n![valve](a%00b.png)\n");
        var failures = new List<ImportFailure>();
        var importer = new CorpusImporter(folder.Path, new ImportOptions { TrackPictures = true }, failures.Add);

        Assert.Equal(["a.html", "b.md"], importer.Import().Select(static d => d.Id));
        Assert.Empty(failures);
        Assert.Equal(2, importer.Statistics.UnusablePictures);
    }

    [Fact]
    public void Whatever_a_parser_throws_is_the_fault_of_its_file_alone()
    {
        // A title can't be cut to nothing.
        folder.Write("a.html", "<h1>A title</h1><p>one</p>");
        folder.Write("b.html", "<p>two</p>");
        var failures = new List<ImportFailure>();

        var documents = new CorpusImporter(folder.Path, new ImportOptions { Limits = new DocumentLimits { MaxTitleLength = 0 } }, failures.Add).Import().ToList();

        Assert.Equal("b.html", Assert.Single(documents).Id);
        var failure = Assert.Single(failures);
        Assert.Equal("a.html", failure.File);
        Assert.IsType<ArgumentOutOfRangeException>(failure.Error);
    }

    [Fact]
    public void A_folder_that_cannot_be_read_is_told_of_and_its_neighbours_are_imported()
    {
        folder.Write("a.md", "One.");
        folder.Write("z/b.md", "Two.");
        using var closed = new UnreadableFolder(folder.Path, "closed");
        var failures = new List<ImportFailure>();
        var importer = new CorpusImporter(folder.Path, onFailure: failures.Add);

        Assert.Equal(["a.md", "z/b.md"], importer.Import().Select(static d => d.Id));
        var failure = Assert.Single(failures);
        Assert.StartsWith("closed/", failure.File, StringComparison.Ordinal);
        Assert.IsAssignableFrom<IOException>(failure.Error);
        Assert.Equal(1, importer.Statistics.Failures);
    }

    [Fact]
    public void Of_a_files_many_bad_lines_the_first_are_told_and_the_others_counted()
    {
        folder.Write("a.jsonl", string.Concat(Enumerable.Repeat("x\n", 250)) + """{"id":"good","parts":[{"type":"text","text":"one"}]}""");
        folder.Write("b.jsonl", "x\n");
        var failures = new List<ImportFailure>();
        var importer = new CorpusImporter(folder.Path, onFailure: failures.Add);

        Assert.Equal("good", Assert.Single(importer.Import()).Id);
        Assert.Equal(251, importer.Statistics.Failures);
        Assert.Equal(251, failures.Sum(static f => f.Count));
        Assert.Equal(CorpusImporter.ToldLines + 2, failures.Count);
        Assert.Equal([1L, 2L], failures.Take(2).Select(static f => f.Line!.Value));
        Assert.Contains("a.jsonl: $: has 150 more lines", failures[^2].ToString(), StringComparison.Ordinal);
        Assert.Equal("b.jsonl", failures[^1].File);
    }

    [Fact]
    public void A_picture_that_cannot_be_read_is_told_of_once_and_its_page_comes_with_its_words()
    {
        folder.Write("pump.png", TestPictures.Png(200, 200));
        folder.Write("a.html", "<p>one</p><figure><img src='pump.png' alt='pump'><figcaption>The pump</figcaption></figure><p><img src='pump.png' alt='again'></p>");
        folder.Write("b.html", "<img src='pump.png'>");
        var failures = new List<ImportFailure>();
        var empty = new List<string>();
        var importer = new CorpusImporter(folder.Path, new ImportOptions { OnEmptyPage = empty.Add }, failures.Add);
        List<InterleavedDocument> documents;
        using (Lock("pump.png"))
            documents = [.. importer.Import()];

        Assert.Equal(["one\n\npump\n\nThe pump\n\nagain"], Show(Assert.Single(documents)));
        Assert.Equal(["a.html", "b.html"], failures.Select(static f => f.File));
        Assert.All(failures, static f => Assert.Equal("pump.png", Assert.IsType<UnreadablePictureException>(f.Error).Path));
        Assert.All(failures, static f => Assert.Equal(["pump.png"], f.UnreadablePictures));
        Assert.Empty(empty);
        Assert.Equal((2, 2), (importer.Statistics.UnusablePictures, importer.Statistics.Failures));
        // It is tried again with each page.
        Assert.Equal(["pump", "again"], importer.ImportFile("a.html").Single().Parts.OfType<ImagePart>().Select(static p => p.Alt));
    }

    [Fact]
    public void A_page_whose_version_is_its_time_does_not_come_before_its_pictures_can_be_read()
    {
        folder.Write("pump.png", TestPictures.Png(200, 200));
        folder.Write("a.html", "<p>one</p><img src='pump.png' alt='pump'>");
        var failures = new List<ImportFailure>();
        var importer = new CorpusImporter(folder.Path, new ImportOptions { VersionFromFileTime = true }, failures.Add);
        using (Lock("pump.png"))
            Assert.Empty(importer.Import());

        Assert.IsType<UnreadablePictureException>(Assert.Single(failures).Error);
        Assert.Equal(["pump"], importer.ImportFile("a.html").Single().Parts.OfType<ImagePart>().Select(static p => p.Alt));
    }

    [Fact]
    public void An_icon_by_its_name_is_none_though_it_cannot_be_read()
    {
        folder.Write("note.png", TestPictures.Png(32, 32));
        folder.Write("thumb_screw.png", TestPictures.Png(80, 60));
        folder.Write("a.html", "<p>one</p><img src='note.png' alt='[Note]'><img src='thumb_screw.png' alt='screw'>");
        var failures = new List<ImportFailure>();
        var importer = new CorpusImporter(folder.Path, onFailure: failures.Add);
        using (Lock("note.png"))
        using (Lock("thumb_screw.png"))
            Assert.Equal(["one\n\nscrew"], Show(Assert.Single(importer.Import())));

        Assert.Empty(failures);
        Assert.Equal((2, 0), (importer.Statistics.SkippedIcons, importer.Statistics.UnusablePictures));
    }

    [Fact]
    public void A_picture_that_cannot_be_read_any_more_is_left_out_like_one_that_never_could()
    {
        folder.Write("pump.png", TestPictures.Png(200, 200));
        folder.Write("a.html", "<p>one</p><img src='pump.png' alt='pump'>");
        var failures = new List<ImportFailure>();
        var importer = new CorpusImporter(folder.Path, onFailure: failures.Add);
        importer.Survey("a.html");
        using (Lock("pump.png"))
            Assert.Equal(["one\n\npump"], Show(Assert.Single(importer.ImportFile("a.html"))));

        Assert.Equal(["pump.png"], Assert.Single(failures).UnreadablePictures);
    }

    [Fact]
    public void Pictures_that_cannot_be_read_are_named_with_the_lines_that_are_only_counted()
    {
        const string Line = """{"id":"a","parts":[{"type":"image","path":"pump.png"}]}""" + "\n";
        folder.Write("pump.png", TestPictures.Png(200, 200));
        folder.Write("a.jsonl", string.Concat(Enumerable.Repeat("x\n", CorpusImporter.ToldLines)) + Line + Line);
        var failures = new List<ImportFailure>();
        using (Lock("pump.png"))
            Assert.Empty(new CorpusImporter(folder.Path, onFailure: failures.Add).Import());

        Assert.Equal(CorpusImporter.ToldLines + 1, failures.Count);
        Assert.Empty(failures[0].UnreadablePictures);
        Assert.Equal(2, failures[^1].Count);
        Assert.Equal(["pump.png"], failures[^1].UnreadablePictures);
    }

    /// <summary>Nobody else can read the file meanwhile.</summary>
    private FileStream Lock(string name) => File.Open(Path.Combine(folder.Path, name), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    private static InterleavedDocument Import(string id) =>
        new CorpusImporter(Corpus, new ImportOptions { InlinePictures = false }).Import().Single(d => d.Id == id);

    private static IEnumerable<string> Show(InterleavedDocument document) => document.Parts.Select(static p => p switch
    {
        TextPart text => text.Text,
        ImagePart { Source: FileImage file, Alt: var alt } => $"[{alt}: {file.Path}]",
        _ => "?",
    });
}
