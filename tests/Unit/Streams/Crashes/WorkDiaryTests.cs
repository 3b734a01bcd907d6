using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Suspects;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Crashes;

public sealed class WorkDiaryTests : IDisposable
{
    private static readonly LogPartition First = new("group", "log", "topic", 0);
    private static readonly LogPartition Second = new("group", "log", "ä \"topic\"", 7);

    private readonly DiaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_in_work_at_the_death_is_told_once()
    {
        var diary = folder.Create();
        diary.Begin(First, new WorkIdentity(5, true), alone: false);
        var ended = diary.Begin(First, new WorkIdentity(6, true), alone: false);
        diary.Begin(Second, new WorkIdentity(-7, false), alone: false);
        diary.End(ended);
        DiaryFolder.Die(diary);

        var report = Assert.Single(await folder.ReportAsync());
        Assert.Equal(
            [new SuspectRecord(First, new WorkIdentity(5, true), false), new SuspectRecord(Second, new WorkIdentity(-7, false), false)], report.Records);
        Assert.Empty(folder.Files);
        Assert.Empty(await folder.ReportAsync());
    }

    [Fact]
    public async Task The_diary_of_a_living_process_and_one_that_ended_in_order_tell_nothing()
    {
        using var living = folder.Create();
        living.Begin(First, new WorkIdentity(5, true), alone: false);
        folder.Create().Dispose();
        Assert.Empty(await folder.ReportAsync());
        Assert.Equal([Path.GetFileName(living.Path)], folder.Files);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task A_death_counts_against_a_record_only_if_nothing_else_was_in_work(int records, bool counts)
    {
        var diary = folder.Create();
        for (var i = 0; i < records; i++)
            diary.Begin(First, new WorkIdentity(i, true), alone: true);
        DiaryFolder.Die(diary);
        Assert.All(Assert.Single(await folder.ReportAsync()).Records, record => Assert.Equal(counts, record.WasAlone));
    }

    [Fact]
    public async Task A_report_that_fails_is_told_again_under_its_name()
    {
        var diary = folder.Create();
        diary.Begin(First, new WorkIdentity(5, true), alone: true);
        DiaryFolder.Die(diary);
        var failed = Guid.Empty;
        await Assert.ThrowsAsync<TimeoutException>(() => DiaryReader.ReportAsync(
            folder.Path,
            (report, _) =>
            {
                failed = report.Id;
                throw new TimeoutException();
            },
            NullLogger.Instance,
            CancellationToken.None));
        Assert.Equal(failed, Assert.Single(await folder.ReportAsync()).Id);
    }

    [Fact]
    public async Task A_file_cut_anywhere_is_read_as_far_as_it_goes()
    {
        var diary = folder.Create(capacity: 2);
        diary.Begin(First, new WorkIdentity(5, true), alone: false);
        diary.Begin(Second, new WorkIdentity(6, true), alone: false);
        DiaryFolder.Die(diary);
        var whole = await File.ReadAllBytesAsync(diary.Path);
        var counts = new List<int>();
        for (var length = 0; length <= whole.Length; length++)
        {
            await File.WriteAllBytesAsync(diary.Path, whole[..length]);
            counts.Add((await folder.ReportAsync()).Sum(static r => r.Records.Count));
            Assert.Empty(folder.Files);
        }

        Assert.Equal(counts.Order(), counts);
        Assert.Equal([0, 1, 2], counts.Distinct());
    }

    [Fact]
    public async Task Any_bytes_are_read_without_harm()
    {
        var random = new Random(1);
        var diary = folder.Create(capacity: 2);
        diary.Begin(First, new WorkIdentity(5, true), alone: false);
        DiaryFolder.Die(diary);
        var whole = await File.ReadAllBytesAsync(diary.Path);
        for (var i = 0; i < 500; i++)
        {
            var damaged = whole.ToArray();
            for (var n = random.Next(1, 6); n > 0; n--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            await File.WriteAllBytesAsync(diary.Path, damaged);
            Assert.InRange((await folder.ReportAsync()).Sum(static r => r.Records.Count), 0, 2);
        }
    }

    [Fact]
    public async Task More_records_than_announced_are_not_noted_and_harm_nobody()
    {
        var diary = folder.Create(capacity: 1);
        var slot = diary.Begin(First, new WorkIdentity(1, true), alone: false);
        diary.End(diary.Begin(First, new WorkIdentity(2, true), alone: false));
        diary.End(slot);
        diary.Begin(First, new WorkIdentity(3, true), alone: false);
        DiaryFolder.Die(diary);
        Assert.Equal(3, Assert.Single(Assert.Single(await folder.ReportAsync()).Records).Identity.Value);
    }

    [Fact]
    public async Task A_partition_that_a_full_disk_has_no_room_for_is_done_without_and_said_once()
    {
        var log = new ListLogger();
        var diary = folder.Create(capacity: 1, log);
        var append = diary.Append;
        diary.Append = (line, at) =>
        {
            // The disk takes the line's beginning.
            append(line[..10], at);
            throw new IOException("No space left on device");
        };
        for (var i = 0; i < 3; i++)
            Assert.Equal(-1, diary.Begin(First, new WorkIdentity(i, true), alone: false));
        Assert.Contains("No space left on device", Assert.Single(log.Lines), StringComparison.Ordinal);

        // Neither the slot is lost nor what comes when there is room again.
        diary.Append = append;
        Assert.NotEqual(-1, diary.Begin(Second, new WorkIdentity(7, true), alone: false));
        DiaryFolder.Die(diary);
        Assert.Equal([new SuspectRecord(Second, new WorkIdentity(7, true), false)], Assert.Single(await folder.ReportAsync()).Records);
    }

    /// <summary>A mark in a hole that the disk has no room for would end the process.</summary>
    [Fact]
    public async Task All_slots_have_their_place_on_the_disk_before_the_first_is_marked()
    {
        const int capacity = 2048;
        using var diary = folder.Create(capacity);
        var ask = new ProcessStartInfo("stat", ["--format=%b %B", diary.Path]) { RedirectStandardOutput = true };
        using var process = Process.Start(ask)!;
        var numbers = (await process.StandardOutput.ReadToEndAsync()).Split(' ').Select(static n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        await process.WaitForExitAsync();
        Assert.True(numbers[0] * numbers[1] >= DiaryFile.Slot(capacity), $"{numbers[0]} blocks of {numbers[1]} bytes");
    }

    [Fact]
    public async Task A_folder_that_can_not_be_made_is_done_without()
    {
        var file = Path.Combine(folder.Path, "file");
        await File.WriteAllTextAsync(file, "");
        Assert.Null(await WorkDiary.OpenAsync(Path.Combine(file, "below"), 8, static (_, _) => Task.CompletedTask, NullLogger.Instance, CancellationToken.None));
    }
}
