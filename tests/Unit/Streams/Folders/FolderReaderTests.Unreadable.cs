using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Sources.Folders;
using UnifiedVlm.Tests.Unit.Documents;

namespace UnifiedVlm.Tests.Unit.Streams.Folders;

/// <summary>Files and folders that can't be read, or go while they are.</summary>
public sealed partial class FolderReaderTests
{
    [Fact]
    public async Task A_folder_that_cannot_be_read_hides_nothing_but_itself()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        Write("z/b.md", "Two.", TimeSpan.FromHours(1));
        using var closed = new UnreadableFolder(folder.Path, "closed");
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        Assert.Equal(["+a.md One.", "+z/b.md Two."], await TakeAsync(reader));
        // It may hold the file that the store has a document of.
        Assert.Empty(reader.Leftovers([new LocalDeletion("default", "closed/c.md", null)]));
    }

    [Fact]
    public async Task A_file_that_cannot_be_looked_at_is_not_gone()
    {
        Write("sub/a.md", "One.", TimeSpan.FromHours(1));
        Write("b.md", "Two.", TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        var sub = Path.Combine(folder.Path, "sub");
        Directory.Delete(sub, recursive: true);
        // A link to itself: the system can't say what is behind it.
        File.CreateSymbolicLink(sub, "sub");
        reader.LookAtAll();
        Assert.Equal(0, reader.Settling);

        File.Delete(sub);
        reader.LookAtAll();
        time.Advance(Settle);
        Assert.Equal(["-sub/a.md"], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_tried_at_each_look_and_told_of_once()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        var reader = Reader();
        using (Lock("a.md"))
        {
            reader.LookAtAll();
            Assert.Empty(await TakeAsync(reader));
            reader.LookAtAll();
            Assert.Equal(1, reader.Settling);
            Assert.Empty(await TakeAsync(reader));
        }

        Assert.Equal(["a.md"], failures);
        reader.LookAtAll();
        Assert.Equal(["+a.md One."], await TakeAsync(reader));
        reader.LookAtAll();
        Assert.Equal(0, reader.Settling);
    }

    [Fact]
    public async Task A_file_whose_picture_cannot_be_read_is_told_of_once_and_read_again_when_it_can_be()
    {
        Write("named.json", """{"id":"named","parts":[{"type":"image","path":"pump.png"}]}""", TimeSpan.FromHours(1));
        Write("page.md", "Words.\n\n![The pump](pump.png)\n", TimeSpan.FromHours(1));
        WritePicture("pump.png");
        var reader = Reader();
        using (Lock("pump.png"))
        {
            Assert.Equal(["+page.md Words.\n\nThe pump"], await LookAsync(reader));
            Assert.Empty(await LookAsync(reader));
        }

        Assert.Equal(["named.json", "page.md"], failures);
        Assert.Equal(["+named (picture)", "+page.md Words. (picture)"], await LookAsync(reader));
        Assert.Empty(await LookAsync(reader));
        Assert.Equal(2, failures.Count);
    }

    [Fact]
    public async Task Lines_whose_pictures_cannot_be_read_are_read_again_when_one_of_them_can_be_or_the_file_changes()
    {
        WritePicture("pump.png");
        WritePicture("valve.png");
        var lines = Line("a", "One.") + PictureLine("b", "pump.png") + PictureLine("c", "valve.png");
        Write("lines.jsonl", lines, TimeSpan.FromHours(1));
        var reader = Reader();
        using (Lock("valve.png"))
        {
            using (Lock("pump.png"))
            {
                Assert.Equal(["+a One."], await LookAsync(reader));
                Assert.Empty(await LookAsync(reader));
                Write("lines.jsonl", lines, TimeSpan.FromHours(2));
                Assert.Equal(["+a One."], await LookAsync(reader));
                Assert.Empty(await LookAsync(reader));
            }

            Assert.Equal(["+a One.", "+b (picture)"], await LookAsync(reader));
            Assert.Empty(await LookAsync(reader));
        }

        Assert.Equal(["+a One.", "+b (picture)", "+c (picture)"], await LookAsync(reader));
        Assert.Empty(await LookAsync(reader));
        // Once for each state of the file.
        Assert.Equal(["lines.jsonl:2", "lines.jsonl:3", "lines.jsonl:2", "lines.jsonl:3"], failures);
    }

    [Fact]
    public async Task What_fails_next_in_a_file_that_did_not_change_is_told_of_too()
    {
        WritePicture("pump.png");
        WritePicture("valve.png");
        Write("a.json", """{"id":"a","parts":[{"type":"image","path":"pump.png"},{"type":"image","path":"valve.png"}]}""", TimeSpan.FromHours(1));
        Write("b.md", "Words.\n\n![The valve](valve.png)\n", TimeSpan.FromHours(1));
        var reader = Reader();
        using (Lock("valve.png"))
        {
            using (Lock("pump.png"))
            using (Lock("b.md"))
            {
                Assert.Empty(await LookAsync(reader));
                Assert.Equal(["a.json", "b.md"], failures);
            }

            // The picture that was behind the other, and the one of the page that can be read now.
            Assert.Equal(["+b.md Words.\n\nThe valve"], await LookAsync(reader));
            Assert.Empty(await LookAsync(reader));
            Assert.Equal(["a.json", "b.md", "a.json", "b.md"], failures);
        }

        Assert.Equal(["+a (picture) (picture)", "+b.md Words. (picture)"], await LookAsync(reader));
        Assert.Equal(4, failures.Count);
    }

    [Fact]
    public async Task A_picture_that_cannot_be_read_is_waited_for_behind_more_bad_lines_than_are_told()
    {
        WritePicture("pump.png");
        Write("lines.jsonl", string.Concat(Enumerable.Repeat("x\n", CorpusImporter.ToldLines)) + PictureLine("a", "pump.png"), TimeSpan.FromHours(1));
        var reader = Reader();
        using (Lock("pump.png"))
        {
            Assert.Empty(await LookAsync(reader));
            Assert.Equal(CorpusImporter.ToldLines + 1, failures.Count);
        }

        Assert.Equal(["+a (picture)"], await LookAsync(reader));
        Assert.Empty(await LookAsync(reader));
    }

    [Fact]
    public async Task A_file_whose_picture_goes_after_it_could_not_be_read_is_waited_for_no_longer()
    {
        // Known by another name than a picture's, so nobody looks at it.
        WritePicture("pump.dat");
        Write("lines.jsonl", Line("a", "One.") + PictureLine("b", "pump.dat"), TimeSpan.FromHours(1));
        var reader = Reader();
        using (Lock("pump.dat"))
            Assert.Equal(["+a One."], await LookAsync(reader));
        File.Delete(Path.Combine(folder.Path, "pump.dat"));
        Assert.Equal(["+a One."], await LookAsync(reader));
        Assert.Empty(await LookAsync(reader));
    }

    [Fact]
    public async Task Documents_of_a_file_that_goes_while_it_is_first_read_are_deleted()
    {
        Write("lines.jsonl", Line("a", "One.") + Line("b", "Two."), TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        var taken = new List<string>();
        await foreach (var item in reader.TakeDueAsync(CancellationToken.None))
        {
            taken.Add(Shown(item));
            File.Delete(Path.Combine(folder.Path, "lines.jsonl"));
        }

        Assert.Equal(["+a One.", "+b Two."], taken);
        time.Advance(Settle);
        Assert.Equal(["-a", "-b"], await TakeAsync(reader));
    }

    [Fact]
    public async Task Documents_of_a_file_that_cannot_be_looked_at_since_it_was_first_read_stay_until_it_is_gone()
    {
        Write("b.md", "Three.", TimeSpan.FromHours(1));
        Write("sub/lines.jsonl", Line("a", "One.") + Line("b", "Two."), TimeSpan.FromHours(1));
        var sub = Path.Combine(folder.Path, "sub");
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        var taken = new List<string>();
        await foreach (var item in reader.TakeDueAsync(CancellationToken.None))
        {
            taken.Add(Shown(item));
            if (taken[^1] != "+a One.")
                continue;
            Directory.Delete(sub, recursive: true);
            // As above.
            File.CreateSymbolicLink(sub, "sub");
        }

        Assert.Equal(["+b.md Three.", "+a One.", "+b Two."], taken);
        for (var look = 0; look < 2; look++)
        {
            time.Advance(Settle);
            Assert.Empty(await TakeAsync(reader));
            reader.LookAtAll();
        }

        Assert.Equal(["sub/lines.jsonl"], failures);
        File.Delete(sub);
        reader.LookAtAll();
        time.Advance(Settle);
        Assert.Equal(["-a", "-b"], await TakeAsync(reader));
    }

    private static async Task<List<string>> LookAsync(FolderReader reader)
    {
        reader.LookAtAll();
        return await TakeAsync(reader);
    }

    /// <summary>Nobody else can read the file meanwhile.</summary>
    private FileStream Lock(string name) => File.Open(Path.Combine(folder.Path, name), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    private void WritePicture(string name)
    {
        folder.Write(name, TestPictures.Png(200, 200));
        Age(name, TimeSpan.FromHours(1));
    }

    private static string PictureLine(string id, string path) => $$"""{"id":"{{id}}","parts":[{"type":"image","path":"{{path}}"}]}""" + "\n";
}
