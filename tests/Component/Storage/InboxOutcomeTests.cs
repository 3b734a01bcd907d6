using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What became of a pushed record is said by the transaction that took it up, and by no other.</summary>
public sealed class InboxOutcomeTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task Each_record_of_a_range_has_its_own_outcome_and_the_version_that_is_stored_afterwards()
    {
        var first = await PushAsync(8);
        await WriteAsync(
            Make.Upsert(first, "x", 5, "one"),
            Make.Upsert(first + 1, "x", 7, "one", encoded: false),
            Make.Upsert(first + 2, "x", 6, "other"),
            Make.Upsert(first + 3, "x", 9, "two"),
            Make.Delete(first + 4, "y", 3),
            Make.Delete(first + 5, "y", 3),
            Make.Delete(first + 6, "x", 1),
            Make.Upsert(first + 7, "x", 9, "two"));

        Assert.Equal(
            ["Indexed 5", "Unchanged 7", "Stale 7", "Indexed 9", "Deleted 3", "Unchanged 3", "Stale 9", "Unchanged 9"],
            (await OutcomesAsync(first, 8)).Select(static o => $"{o.Result} {o.Version}"));
        Assert.All(await OutcomesAsync(first, 8), static o => Assert.True(o is { Status: InboxStatus.Done, DocumentId: "x", DeadLetter: null, FinishedAt: not null }));
    }

    [Fact]
    public async Task A_record_that_is_refused_names_its_dead_letter_whoever_found_the_fault()
    {
        var first = await PushAsync(3);
        await WriteAsync(
            Make.Dead(first, reason: "too long"),
            Make.Upsert(first + 1, "x", 5, "one"),
            Make.Upsert(first + 2, "x", 5, "another content"));

        var outcomes = await OutcomesAsync(first, 3);
        Assert.Equal([InboxStatus.Dead, InboxStatus.Done, InboxStatus.Dead], outcomes.Select(static o => o.Status));
        Assert.Equal(("too long", "parts[0]", "error chain"), (outcomes[0].DeadLetter!.Reason, outcomes[0].DeadLetter!.Field, outcomes[0].DeadLetter!.Detail));
        Assert.Equal(("conflict", "version"), (outcomes[2].DeadLetter!.Reason, outcomes[2].DeadLetter!.Field));
        Assert.Contains("higher version", outcomes[2].DeadLetter!.Detail, StringComparison.Ordinal);
        foreach (var outcome in (PushOutcome[])[outcomes[0], outcomes[2]])
        {
            var letter = await Store.DeadLetters.FindAsync(null, outcome.DeadLetter!.Number, CancellationToken.None);
            Assert.Equal((outcome.Id, outcome.DeadLetter.Reason), (letter.Letter.Offset, letter.Letter.Reason));
        }
    }

    [Fact]
    public async Task A_range_that_does_not_count_leaves_its_records_waiting()
    {
        var first = await PushAsync(2);
        var zombie = await Ingest.AcquireAsync(InboxLog.Of("g"), "zombie", CancellationToken.None);
        await Ingest.AcquireAsync(InboxLog.Of("g"), "owner", CancellationToken.None);

        await Assert.ThrowsAsync<FencedException>(() => Ingest.WriteAsync(
            zombie, first, first + 2, [Make.Upsert(first, "x", 1, "one"), Make.Dead(first + 1)], CancellationToken.None));

        Assert.All(await OutcomesAsync(first, 2), static o => Assert.True(o is { Status: InboxStatus.Received, Result: null, DeadLetter: null, FinishedAt: null }));
    }

    [Fact]
    public async Task A_tenant_sees_its_own_pushes_only()
    {
        var first = await PushAsync(1);
        Assert.NotNull(await Store.Inbox.FindAsync("a", first, CancellationToken.None));
        Assert.Null(await Store.Inbox.FindAsync("b", first, CancellationToken.None));
        Assert.Null(await Store.Inbox.FindAsync("a", first + 1, CancellationToken.None));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a")]
    public async Task A_record_that_is_replayed_waits_again_until_it_is_done_or_refused_once_more(string? tenant)
    {
        var first = await PushAsync(3);
        await WriteAsync(Make.Dead(first), Make.Dead(first + 1), Make.Dead(first + 2, reason: "left alone"));

        Assert.Equal(new ReplayReceipt(2, 0), await Store.DeadLetters.ReplayAsync(new DeadLetterFilter { Tenant = tenant, Reason = "bad" }, CancellationToken.None));

        var outcomes = await OutcomesAsync(first, 3);
        Assert.All(outcomes[..2], static o => Assert.True(o is { Status: InboxStatus.Received, Result: null, DeadLetter: null, FinishedAt: null }));
        Assert.Equal("left alone", outcomes[2].DeadLetter!.Reason);

        var queued = await Store.Replays.ReadAsync(0, 10, 1 << 20, CancellationToken.None);
        var lease = await Ingest.AcquireAsync(ReplayLog.Partition, "test", CancellationToken.None);
        await Ingest.WriteAsync(
            lease, queued[0].Id, queued[1].Id + 1,
            [Make.Upsert(queued[0].Id, "x", 5, "one") with { Original = queued[0].Original }, Make.Dead(queued[1].Id, reason: "still bad") with { Original = queued[1].Original }],
            CancellationToken.None);

        outcomes = await OutcomesAsync(first, 3);
        Assert.True(outcomes[0] is { Status: InboxStatus.Done, Result: RecordResult.Indexed, Version: 5, DeadLetter: null, FinishedAt: not null });
        Assert.Equal((InboxStatus.Dead, "still bad"), (outcomes[1].Status, outcomes[1].DeadLetter!.Reason));
        Assert.Equal(first + 1, (await Store.DeadLetters.FindAsync(null, outcomes[1].DeadLetter!.Number, CancellationToken.None)).Letter.Offset);
    }

    [Fact]
    public async Task A_topic_that_is_called_like_the_inbox_is_none()
    {
        var first = await PushAsync(1);
        var lease = await Ingest.AcquireAsync(new LogPartition("g", "kafka:c1/inbox", InboxLog.Name, 0), "test", CancellationToken.None);
        await Ingest.WriteAsync(lease, first, first + 1, [Make.Upsert(first, "x", 1, "one")], CancellationToken.None);
        Assert.Equal(InboxStatus.Received, (await OutcomesAsync(first, 1))[0].Status);
    }

    private new async Task<WriteSummary> WriteAsync(params RecordOutcome[] outcomes)
    {
        var lease = await Ingest.AcquireAsync(InboxLog.Of("g"), "test", CancellationToken.None);
        return await Ingest.WriteAsync(lease, outcomes[0].Offset, outcomes[^1].Offset + 1, outcomes, CancellationToken.None);
    }

    /// <returns>The first position.</returns>
    private async Task<long> PushAsync(int count)
    {
        var pushes = Enumerable.Range(0, count).Select(static i => new InboxPush("a", "x", "application/json", new byte[] { (byte)i })).ToArray();
        return (await Store.Inbox.AppendAsync(pushes, null, new byte[32], CancellationToken.None)).Ids[0];
    }

    private async Task<PushOutcome[]> OutcomesAsync(long first, int count)
    {
        var outcomes = new PushOutcome[count];
        for (var i = 0; i < count; i++)
            outcomes[i] = (await Store.Inbox.FindAsync("a", first + i, CancellationToken.None))!;
        return outcomes;
    }
}
