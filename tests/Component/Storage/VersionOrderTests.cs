using UnifiedVlm.Storage.Care.Verification;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Documents that take their offset for a version: across partitions, and across the logs that follow each other.</summary>
public sealed class VersionOrderTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly LogPartition Second = Log with { LogId = "two" };
    private static readonly LogPartition Third = Log with { LogId = "three" };

    [Fact]
    public async Task An_update_from_another_partition_is_a_dead_letter_and_not_taken_for_an_old_one()
    {
        var (old, added) = (Log with { Partition = 2 }, Log with { Partition = 7 });
        await WriteFromAsync(old, Upsert(old, 100_000, "x", "one"));

        var summary = await WriteFromAsync(added, Upsert(added, 3, "x", "two"), Upsert(added, 4, "x", "one"), Delete(added, 5, "x"), Upsert(added, 6, "y", "why"));

        Assert.Equal(new WriteSummary(Upserted: 1, Unchanged: 1, Stale: 0, Deleted: 0, DeadLettered: 2), summary);
        var letters = await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None);
        Assert.Equal([(3L, "version-rule"), (5L, "version-rule")], letters.Select(static l => (l.Offset, l.Reason)));
        Assert.Contains("from partition 2, and this one came with offset 3 from partition 7", letters[0].Detail, StringComparison.Ordinal);
        Assert.Equal(["x|100000|2|False", "y|6|7|False"], await RowsAsync("SELECT id, version, source_partition, deleted FROM uvlm.document ORDER BY id"));
        // Its own partition goes on, and tells what is newer.
        Assert.Equal(1, (await WriteFromAsync(old, Upsert(old, 100_001, "x", "three"))).Upserted);
        Assert.Equal(1, (await WriteFromAsync(old, Delete(old, 100_002, "x"))).Deleted);
    }

    [Fact]
    public async Task No_record_of_an_erased_document_is_kept_whatever_its_partition()
    {
        var (old, added) = (Log with { Partition = 2 }, Log with { Partition = 7 });
        await WriteFromAsync(old, Upsert(old, 100, "x", "one"));
        await Store.Eraser.EraseDocumentAsync("a", "x", CancellationToken.None);
        Assert.Equal(1, (await WriteFromAsync(added, Upsert(added, 3, "x", "one"))).Stale);
        Assert.Empty(await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None));
    }

    [Fact]
    public async Task All_of_an_adopted_log_is_newer_than_what_came_from_the_earlier_one()
    {
        await WriteFromAsync(Log, Upsert(Log, 50, "x", "one"), Upsert(Log, 51, "same", "same"), Upsert(Log, 52, "gone", "gone"), Upsert(Log, 53, "left", "left"));
        Assert.Equal("1|", await AdoptAsync("two"));

        var summary = await WriteFromAsync(
            Second, Upsert(Second, 0, "x", "two"), Upsert(Second, 1, "same", "same"), Delete(Second, 2, "gone"), Upsert(Second, 3, "new", "new"));

        Assert.Equal(new WriteSummary(Upserted: 2, Unchanged: 1, Stale: 0, Deleted: 1, DeadLettered: 0), summary);
        var (before, now) = (Rule(Log), Rule(Second));
        Assert.Equal(
            [$"gone|2|{now}|True|2", $"left|53|{before}|False|1", $"new|3|{now}|False|1", $"same|1|{now}|False|1", $"x|0|{now}|False|2"],
            await RowsAsync("SELECT id, version, version_rule, deleted, sequence FROM uvlm.document ORDER BY id"));
        // A record of the earlier log that comes late, as a replay does, changes nothing; what is left of it is sent on as before.
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Log, 4, "x", "late"))).Stale);
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Second, 5, "left", "right"))).Upserted);
        var findings = new List<Finding>();
        await Store.Verifier.RunAsync(repair: false, findings.Add, null, CancellationToken.None);
        Assert.Empty(findings);
    }

    [Fact]
    public async Task A_log_follows_all_before_it_and_so_does_one_that_is_gone_back_to()
    {
        await WriteFromAsync(Log, Upsert(Log, 5, "x", "one"));
        foreach (var log in (string[])["two", "three"])
            Assert.Equal("1|", await AdoptAsync(log));
        Assert.Equal(1, (await WriteFromAsync(Third, Upsert(Third, 0, "x", "two"))).Upserted);

        Assert.Equal("1|", await AdoptAsync(Log.LogId));
        Assert.Equal(1, (await WriteFromAsync(Log, Upsert(Log, 6, "x", "three"))).Upserted);

        Assert.Equal([$"{Rule(Log)}|{Rule(Third)}", $"{Rule(Log)}|{Rule(Second)}", $"{Rule(Third)}|{Rule(Second)}"],
            await RowsAsync("SELECT rule, follows FROM uvlm.log_succession ORDER BY rule COLLATE \"C\", follows COLLATE \"C\""));
    }

    [Fact]
    public async Task A_log_that_a_program_of_before_has_adopted_follows_once_it_is_adopted_again()
    {
        await WriteFromAsync(Log, Upsert(Log, 50, "x", "one"));
        Assert.Equal("1|", await AdoptAsync("two"));
        await ExecuteAsync("DELETE FROM uvlm.log_succession");
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Second, 0, "x", "two"))).DeadLettered);
        var letter = Assert.Single(await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None));
        Assert.Contains("uvlm offsets adopt --group group --topic t --log-id two,", letter.Detail, StringComparison.Ordinal);

        // While another group has a position in it, it is no earlier one; and who has none in the new one has no say.
        await Ingest.AcquireAsync(Log with { GroupId = "other" }, "test", CancellationToken.None);
        Assert.Equal("0|other", await AdoptAsync("two"));
        await ExecuteAsync("DELETE FROM uvlm.ingest_offset WHERE group_id = 'other'");
        Assert.Equal("0|", await AdoptAsync("two", "nobody"));
        Assert.Empty(await RowsAsync("SELECT rule FROM uvlm.log_succession"));

        Assert.Equal("0|", await AdoptAsync("two"));
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Second, 1, "x", "two"))).Upserted);
        Assert.Equal([$"{Rule(Second)}|{Rule(Log)}"], await RowsAsync("SELECT rule, follows FROM uvlm.log_succession"));
    }

    [Fact]
    public async Task A_log_that_has_left_nothing_but_a_tombstone_is_an_earlier_one_too()
    {
        await WriteFromAsync(Log, Delete(Log, 50, "never"));
        Assert.Equal("1|", await AdoptAsync("two"));
        await ExecuteAsync("DELETE FROM uvlm.log_succession");
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Second, 0, "never", "now"))).DeadLettered);
        Assert.Empty(await RowsAsync("SELECT name FROM uvlm.collection"));

        Assert.Equal("0|", await AdoptAsync("two"));
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Second, 1, "never", "now"))).Upserted);
    }

    [Fact]
    public async Task A_group_whose_position_keeps_an_earlier_log_out_is_named_until_it_adopts_the_new_one_too()
    {
        await WriteFromAsync(Log, Upsert(Log, 50, "x", "one"));
        await Ingest.AcquireAsync(Log with { GroupId = "other" }, "test", CancellationToken.None);
        // What the group itself gives up is an earlier log, whoever else has a position in it.
        Assert.Equal("1|", await AdoptAsync("two"));
        Assert.Equal([$"{Rule(Second)}|{Rule(Log)}"], await RowsAsync("SELECT rule, follows FROM uvlm.log_succession"));
        await ExecuteAsync("DELETE FROM uvlm.log_succession");

        Assert.Equal("0|other", await AdoptAsync("two"));
        Assert.Equal("1|", await AdoptAsync("two", "other"));
        Assert.Equal("0|", await AdoptAsync("two"));
        Assert.Equal(1, (await WriteFromAsync(Second, Upsert(Second, 0, "x", "two"))).Upserted);
    }

    private static string Rule(LogPartition log) => DocumentVersion.OffsetRule(log.LogId, log.Topic);

    private static DocumentUpsert Upsert(LogPartition log, long offset, string id, string content) => Make.Upsert(offset, id, offset, content, rule: Rule(log));

    private static DocumentDelete Delete(LogPartition log, long offset, string id) => Make.Delete(offset, id, offset, rule: Rule(log));

    /// <returns>How many positions were forgotten, and the groups that keep a log out.</returns>
    private async Task<string> AdoptAsync(string logId, string group = "group")
    {
        var adopted = await Ingest.AdoptLogAsync(group, "t", logId, null, CancellationToken.None);
        return $"{adopted.Forgotten}|{string.Join(',', adopted.Holders)}";
    }

    /// <summary>The next range of a fresh lease, which begins where its first record is.</summary>
    private async Task<WriteSummary> WriteFromAsync(LogPartition log, params RecordOutcome[] outcomes)
    {
        var lease = await Ingest.AcquireAsync(log, "test", CancellationToken.None);
        return await Ingest.WriteAsync(lease, lease.NextOffset ?? outcomes[0].Offset, outcomes[^1].Offset + 1, outcomes, CancellationToken.None);
    }
}
