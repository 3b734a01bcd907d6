using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Suspects;

namespace UnifiedVlm.Tests.Component.Storage;

public sealed class SuspectTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly LogPartition Other = Log with { Partition = 1 };

    [Fact]
    public async Task Who_takes_the_partition_learns_what_was_in_work()
    {
        await ReportAsync(Guid.NewGuid(), new(Log, At(4), false), new(Log, new WorkIdentity(-9, false), false), new(Other, At(5), false));
        var lease = await Ingest.AcquireAsync(Log, "me", CancellationToken.None);
        Assert.Equal([(At(4), 0), (new WorkIdentity(-9, false), 0)], lease.Suspects.Select(static s => (s.Key, s.Value)).OrderByDescending(static s => s.Key.Value));
        Assert.Equal([At(5)], (await Ingest.AcquireAsync(Other, "me", CancellationToken.None)).Suspects.Keys);
        Assert.Empty((await Ingest.AcquireAsync(Log with { GroupId = "another" }, "me", CancellationToken.None)).Suspects);
    }

    [Fact]
    public async Task Only_deaths_of_a_record_alone_count_and_a_report_told_twice_counts_once()
    {
        await ReportAsync(Guid.NewGuid(), new(Log, At(4), false), new(Log, At(5), false));
        var twice = Guid.NewGuid();
        await ReportAsync(twice, new SuspectRecord(Log, At(4), true));
        await ReportAsync(twice, new SuspectRecord(Log, At(4), true));
        await ReportAsync(Guid.NewGuid(), new SuspectRecord(Log, At(4), true));
        await ReportAsync(Guid.NewGuid(), new(Log, At(4), false), new(Log, At(5), false));
        var suspects = (await Ingest.AcquireAsync(Log, "me", CancellationToken.None)).Suspects;
        Assert.Equal((2, 0), (suspects[At(4)], suspects[At(5)]));
    }

    [Fact]
    public async Task An_acquitted_record_is_a_suspect_no_more()
    {
        await ReportAsync(Guid.NewGuid(), new(Log, At(4), true), new(Log, new WorkIdentity(4, false), true), new(Other, At(4), true));
        await Ingest.AcquitAsync(Log, At(4), CancellationToken.None);
        Assert.Equal([new WorkIdentity(4, false)], (await Ingest.AcquireAsync(Log, "me", CancellationToken.None)).Suspects.Keys);
        Assert.Equal([At(4)], (await Ingest.AcquireAsync(Other, "me", CancellationToken.None)).Suspects.Keys);
    }

    [Fact]
    public async Task What_was_written_meanwhile_is_forgotten_when_the_partition_is_taken()
    {
        var lease = await Ingest.AcquireAsync(Log, "me", CancellationToken.None);
        await Ingest.WriteAsync(lease, 0, 5, [Make.Upsert(4, "d", 1, "text")], CancellationToken.None);
        await ReportAsync(Guid.NewGuid(), new(Log, At(4), false), new(Log, At(5), false), new(Log, new WorkIdentity(1, false), false));
        Assert.Equal(
            [At(5), new WorkIdentity(1, false)], (await Ingest.AcquireAsync(Log, "me", CancellationToken.None)).Suspects.Keys.OrderByDescending(static s => s.Value));
        Assert.Equal(2L, await ScalarAsync<long>("SELECT count(*) FROM uvlm.suspect"));
    }

    private static WorkIdentity At(long offset) => new(offset, IsOffset: true);

    private Task ReportAsync(Guid id, params SuspectRecord[] records) => Store.Suspects.ReportAsync(new SuspectReport(id, records), CancellationToken.None);
}
