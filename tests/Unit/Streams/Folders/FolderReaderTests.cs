using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Importers;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Sources.Folders;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Documents;

namespace UnifiedVlm.Tests.Unit.Streams.Folders;

/// <summary>A real folder, told changes and a clock that a test moves.</summary>
public sealed partial class FolderReaderTests : IDisposable
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Rescan = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder folder = new();
    private readonly ManualTimeProvider time = new();
    private readonly ListedChanges changes = new();
    private readonly List<string> failures = [];

    public FolderReaderTests() => time.Advance(TimeSpan.FromDays(1000));

    public void Dispose()
    {
        changes.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_stands_still_is_taken_at_once_and_what_was_just_written_when_it_has_stood_still()
    {
        Write("old.md", "Old.", TimeSpan.FromHours(1));
        Write("new.md", "New.", TimeSpan.Zero);
        Write("deep/lines.jsonl", Line("a", "One.") + Line("b", "Two."), TimeSpan.FromHours(1));
        var reader = Reader();
        reader.LookAtAll();
        Assert.Equal(["+a One.", "+b Two.", "+old.md Old."], await TakeAsync(reader));
        Assert.Empty(await TakeAsync(reader));

        time.Advance(Settle);
        Assert.Equal(["+new.md New."], await TakeAsync(reader));
        Assert.Equal(0, reader.Settling);
    }

    [Fact]
    public async Task A_file_that_is_still_being_written_is_not_read()
    {
        var reader = Reader();
        reader.LookAtAll();
        Write("a.json", """{"id":"a","parts":[{"type":"te""", TimeSpan.Zero);
        await ToldAsync(reader, "a.json");
        time.Advance(Settle / 2);
        Write("a.json", """{"id":"a","parts":[{"type":"text","text":"On""", TimeSpan.Zero);
        time.Advance(Settle / 2);
        // Another length than when it was noted, though nobody told.
        Assert.Empty(await TakeAsync(reader));
        Write("a.json", """{"id":"a","parts":[{"type":"text","text":"One."}]}""", TimeSpan.Zero);
        time.Advance(Settle);
        Assert.Empty(await TakeAsync(reader));
        time.Advance(Settle);
        Assert.Equal(["+a One."], await TakeAsync(reader));
        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_read_again_and_its_faults_are_not_told()
    {
        var text = string.Concat(Enumerable.Range(0, 3).Select(static i => Line($"{i}", "Same."))) + "{\"id\":";
        Write("lines.jsonl", text, TimeSpan.FromHours(1));
        var reader = Reader();
        reader.LookAtAll();
        var taken = new List<string>();
        await foreach (var item in reader.TakeDueAsync(CancellationToken.None))
        {
            taken.Add(Shown(item));
            if (taken.Count == 1)
                File.AppendAllText(Path.Combine(folder.Path, "lines.jsonl"), "\"3\",\"parts\":[{\"type\":\"text\",\"text\":\"Last.\"}]}\n");
        }

        Assert.Equal(["+0 Same.", "+1 Same.", "+2 Same."], taken[..3]);
        Assert.Empty(failures);
        time.Advance(Settle);
        Assert.Equal(["+0 Same.", "+1 Same.", "+2 Same.", "+3 Last."], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_holds_nothing_up()
    {
        Write("a.md", "One.", TimeSpan.Zero);
        var reader = Reader();
        reader.LookAtAll();
        time.SetBack = TimeSpan.FromHours(3);
        time.Advance(Settle);
        Assert.Equal(["+a.md One."], await TakeAsync(reader));

        Write("b.md", "Two.", TimeSpan.FromHours(1));
        time.Advance(Rescan);
        await reader.WaitAsync(CancellationToken.None);
        Assert.Equal(["+b.md Two."], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_file_that_is_moved_into_its_place_is_whole()
    {
        var reader = Reader();
        reader.LookAtAll();
        Write("a.md", "One.", TimeSpan.Zero);
        await ToldAsync(reader, "a.md", isWhole: true);
        Assert.Equal(["+a.md One."], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_change_that_is_none_a_hidden_file_a_link_and_a_file_of_another_kind_are_passed_over()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        var reader = Reader();
        reader.LookAtAll();
        Assert.Single(await TakeAsync(reader));
        Write(".hidden/b.md", "Two.", TimeSpan.FromHours(1));
        Write(".c.md", "Three.", TimeSpan.FromHours(1));
        Write("d.exe", "Four.", TimeSpan.FromHours(1));
        File.CreateSymbolicLink(Path.Combine(folder.Path, "e.md"), Path.Combine(folder.Path, "a.md"));
        foreach (var name in (string[])["a.md", ".hidden", ".hidden/b.md", ".c.md", "d.exe", "e.md", "never.md", "../outside.md"])
            await ToldAsync(reader, name);
        Assert.Equal(0, reader.Settling);
    }

    [Fact]
    public async Task Files_of_a_folder_that_appears_are_found_though_nobody_told_of_them()
    {
        var reader = Reader();
        reader.LookAtAll();
        Write("new/deep/a.md", "One.", TimeSpan.FromHours(1));
        await ToldAsync(reader, "new");
        Assert.Equal(["+new/deep/a.md One."], await TakeAsync(reader));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_not_told_is_found_by_looking_at_everything(bool isLost)
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        Write("b.md", "Two.", TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        Assert.Equal(2, (await TakeAsync(reader)).Count);
        Write("a.md", "Another.", TimeSpan.FromHours(1));
        Write("c.md", "Three.", TimeSpan.FromHours(1));
        File.Delete(Path.Combine(folder.Path, "b.md"));
        if (isLost)
            changes.Lose();
        else
            time.Advance(Rescan);

        await reader.WaitAsync(CancellationToken.None);

        Assert.Equal(["+a.md Another.", "+c.md Three."], await TakeAsync(reader));
        time.Advance(Settle);
        Assert.Equal(["-b.md"], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_bad_file_is_named_once_and_its_neighbours_and_its_repair_are_taken()
    {
        Write("bad.json", "nonsense", TimeSpan.FromHours(1));
        Write("bad.jsonl", "nonsense\n" + Line("good", "One."), TimeSpan.FromHours(1));
        Write("good.md", "Two.", TimeSpan.FromHours(1));
        var reader = Reader();
        reader.LookAtAll();
        Assert.Equal(["+good One.", "+good.md Two."], await TakeAsync(reader));
        Assert.Equal(["bad.json", "bad.jsonl:1"], failures);
        changes.Lose();
        await reader.WaitAsync(CancellationToken.None);
        Assert.Empty(await TakeAsync(reader));
        Assert.Equal(2, failures.Count);

        Write("bad.json", """{"id":"mended","parts":[{"type":"text","text":"Three."}]}""", TimeSpan.FromHours(1));
        await ToldAsync(reader, "bad.json");
        Assert.Equal(["+mended Three."], await TakeAsync(reader));
    }

    [Fact]
    public async Task Without_being_told_to_delete_nothing_is_deleted()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        var reader = Reader();
        reader.LookAtAll();
        await TakeAsync(reader);
        await RemoveAsync(reader, "a.md");
        Assert.Empty(await TakeAsync(reader));
    }

    [Fact]
    public async Task What_no_file_holds_any_more_is_deleted_under_a_newer_version()
    {
        Write("lines.jsonl", Line("a", "One.") + Line("b", "Two.", version: 7) + Line("c", "Three."), TimeSpan.FromHours(1));
        Write("other.jsonl", Line("c", "Three."), TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        Write("lines.jsonl", Line("a", "One."), TimeSpan.FromHours(2));
        await ToldAsync(reader, "lines.jsonl");
        Assert.Equal(["+a One.", "-b 8"], await TakeAsync(reader));
        // A document that moves from one file to another stays.
        Write("moved.jsonl", Line("a", "One."), TimeSpan.FromHours(1));
        await ToldAsync(reader, "moved.jsonl");
        await RemoveAsync(reader, "lines.jsonl");
        Assert.Equal(["+a One."], await TakeAsync(reader));
        await RemoveAsync(reader, "moved.jsonl");
        Assert.Equal(["-a"], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_file_that_is_deleted_and_written_anew_is_only_changed()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        File.Delete(Path.Combine(folder.Path, "a.md"));
        await ToldAsync(reader, "a.md");
        Write("a.md", "Another.", TimeSpan.Zero);
        await ToldAsync(reader, "a.md");
        time.Advance(Settle);
        Assert.Equal(["+a.md Another."], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_file_that_became_bad_keeps_its_documents()
    {
        Write("a.jsonl", Line("a", "One.") + Line("b", "Two."), TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        Write("a.jsonl", Line("a", "One.") + "nonsense\n", TimeSpan.FromHours(2));
        await ToldAsync(reader, "a.jsonl");
        Assert.Equal(["+a One."], await TakeAsync(reader));
        Write("a.jsonl", Line("a", "One."), TimeSpan.FromHours(3));
        await ToldAsync(reader, "a.jsonl");
        Assert.Equal(["+a One.", "-b"], await TakeAsync(reader));
    }

    [Fact]
    public async Task Files_of_a_folder_that_is_gone_are_gone()
    {
        Write("sub/a.md", "One.", TimeSpan.FromHours(1));
        Write("sub/deep/b.md", "Two.", TimeSpan.FromHours(1));
        Write("subway.md", "Three.", TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        Directory.Delete(Path.Combine(folder.Path, "sub"), recursive: true);
        await ToldAsync(reader, "sub");
        time.Advance(Settle);
        Assert.Equal(["-sub/a.md", "-sub/deep/b.md"], await TakeAsync(reader));
    }

    [Fact]
    public async Task A_folder_that_is_empty_of_a_sudden_or_cannot_be_read_deletes_nothing()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        Write("b.md", "Two.", TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        File.Delete(Path.Combine(folder.Path, "a.md"));
        File.Delete(Path.Combine(folder.Path, "b.md"));
        reader.LookAtAll();
        Assert.Equal(0, reader.Settling);
        Directory.Delete(folder.Path);
        reader.LookAtAll();
        Assert.Equal(0, reader.Settling);
        Directory.CreateDirectory(folder.Path);
    }

    [Fact]
    public async Task A_picture_that_comes_later_or_changes_brings_the_pages_that_show_it_again()
    {
        Write("page.html", "<html><body><h1>Pump</h1><p>Words.</p><img src='pump.png' alt='The pump' width='200' height='200'></body></html>", TimeSpan.FromHours(1));
        Write("named.json", """{"id":"named","parts":[{"type":"image","path":"pump.png"}]}""", TimeSpan.FromHours(1));
        Write("other.md", "Nothing to see.", TimeSpan.FromHours(1));
        var reader = Reader();
        reader.LookAtAll();
        Assert.DoesNotContain("+named (picture)", await TakeAsync(reader));
        Assert.Equal(["named.json"], failures);

        folder.Write("pump.png", TestPictures.Png(200, 200));
        Age("pump.png", TimeSpan.FromHours(1));
        await ToldAsync(reader, "pump.png");
        var taken = await TakeAsync(reader);
        Assert.Equal(2, taken.Count);
        Assert.Equal("+named (picture)", taken[0]);
        Assert.Contains("(picture)", taken[1], StringComparison.Ordinal);

        folder.Write("pump.png", TestPictures.Png(200, 200, seed: 2));
        Age("pump.png", TimeSpan.FromHours(2));
        await ToldAsync(reader, "pump.png");
        Assert.Equal(2, (await TakeAsync(reader)).Count);
    }

    [Fact]
    public async Task Documents_of_files_that_went_while_nobody_watched_are_left_over()
    {
        Write("a.md", "One.", TimeSpan.FromHours(1));
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        LocalDeletion[] stored = [new("default", "a.md", null), new("default", "b.md", null), new("default", "c", 4)];
        Assert.Equal([new("default", "b.md", null), new LocalDeletion("default", "c", 5)], reader.Leftovers(stored));
    }

    [Fact]
    public async Task Nothing_is_left_over_where_a_file_could_not_be_read_or_all_are_gone()
    {
        LocalDeletion[] stored = [new("default", "b.md", null)];
        var reader = Reader(deleteMissing: true);
        reader.LookAtAll();
        await TakeAsync(reader);
        Assert.Empty(reader.Leftovers(stored));
        Write("a.md", "One.", TimeSpan.FromHours(1));
        Write("bad.json", "nonsense", TimeSpan.FromHours(1));
        reader.LookAtAll();
        await TakeAsync(reader);
        Assert.Empty(reader.Leftovers(stored));
    }

    private FolderReader Reader(bool deleteMissing = false) => new(
        folder.Path,
        ImportOptions.Default,
        new FolderSourceOptions { SettleInterval = Settle, RescanInterval = Rescan, DeleteMissing = deleteMissing },
        changes,
        failure => failures.Add(failure.Line is { } line ? $"{failure.File}:{line}" : failure.File),
        NullLogger.Instance,
        time);

    private async Task ToldAsync(FolderReader reader, string path, bool isWhole = false)
    {
        changes.Tell(path, isWhole);
        await reader.WaitAsync(CancellationToken.None);
    }

    private async Task RemoveAsync(FolderReader reader, string path)
    {
        File.Delete(Path.Combine(folder.Path, path));
        await ToldAsync(reader, path);
        time.Advance(Settle);
    }

    private static async Task<List<string>> TakeAsync(FolderReader reader)
    {
        var taken = new List<string>();
        await foreach (var item in reader.TakeDueAsync(CancellationToken.None))
            taken.Add(Shown(item));
        return taken;
    }

    private static string Shown(LocalItem item) => item.Deletion is { } gone
        ? $"-{gone.Id} {gone.Version}".TrimEnd()
        : $"+{item.Document!.Id} {string.Join(' ', item.Document.Parts.Select(static p => p is TextPart text ? text.Text : "(picture)"))}";

    private void Write(string name, string text, TimeSpan age)
    {
        folder.Write(name, text);
        Age(name, age);
    }

    private void Age(string name, TimeSpan age) => File.SetLastWriteTimeUtc(Path.Combine(folder.Path, name), (time.GetUtcNow() - age).UtcDateTime);

    private static string Line(string id, string text, long? version = null)
        => $$"""{"id":"{{id}}"{{(version is null ? "" : $",\"version\":{version}")}},"parts":[{"type":"text","text":"{{text}}"}]}""" + "\n";
}
