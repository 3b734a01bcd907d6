using UnifiedVlm.Streams.Sources;
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
        using (File.Open(Path.Combine(folder.Path, "a.md"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
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
    public async Task A_file_whose_picture_cannot_be_read_is_tried_at_each_look_and_told_of_once()
    {
        Write("named.json", """{"id":"named","parts":[{"type":"image","path":"pump.png"}]}""", TimeSpan.FromHours(1));
        Write("page.md", "Words.\n\n![The pump](pump.png)\n", TimeSpan.FromHours(1));
        folder.Write("pump.png", TestPictures.Png(200, 200));
        Age("pump.png", TimeSpan.FromHours(1));
        var reader = Reader();
        using (File.Open(Path.Combine(folder.Path, "pump.png"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            for (var look = 0; look < 2; look++)
            {
                reader.LookAtAll();
                Assert.Empty(await TakeAsync(reader));
            }
        }

        Assert.Equal(["named.json", "page.md"], failures);
        reader.LookAtAll();
        var taken = await TakeAsync(reader);
        Assert.Equal(2, taken.Count);
        Assert.All(taken, static document => Assert.Contains("(picture)", document, StringComparison.Ordinal));
        reader.LookAtAll();
        Assert.Equal(0, reader.Settling);
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
}
