using System.Text.Json.Nodes;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>The outbox of a store whose events nobody publishes: it ends, and who reads it later is told.</summary>
public sealed class UnpublishedEventTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // Small batches, so that there are several; always due.
    private static readonly RetentionOptions Daily = new() { DeadLetters = null, Events = null, InboxRecords = null, UnpublishedEvents = Day, BatchRows = 2, Interval = TimeSpan.FromSeconds(-1) };

    private readonly ListLogger _log = new();

    [Fact]
    public async Task Where_nobody_publishes_events_go_by_age()
    {
        await WriteAsync(7);
        await AgeAsync("id <= 5");

        Assert.Equal(5, await ApplyAsync(Daily));
        Assert.Equal(["6", "7"], await DocumentEventsAsync());
        Assert.Equal(0, await ApplyAsync(Daily));
        Assert.Equal(5, (await Store.Outbox.ReadStatusAsync(CancellationToken.None)).Dropped);
        // Nobody is missed who never was there.
        Assert.DoesNotContain(_log.Lines, static line => line.StartsWith("3721 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_event_tells_of_all_that_are_gone_until_it_is_published()
    {
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        await WriteAsync(5);
        await ExecuteAsync("UPDATE uvlm.outbox SET created_at = '2020-01-01T00:00:00Z'::timestamptz + id * interval '1 hour'");
        await ApplyAsync(Daily);
        await AssertToldAsync(5, "2020-01-01T01:00:00Z", "2020-01-01T05:00:00Z");

        await WriteAsync(2, from: 5);
        await ExecuteAsync("UPDATE uvlm.outbox SET created_at = '2020-01-09T00:00:00Z' WHERE type = 'document.indexed'");
        await AgeAsync("type = 'events.dropped'");
        await ApplyAsync(Daily);
        await AssertToldAsync(7, "2020-01-01T01:00:00Z", "2020-01-09T00:00:00Z");

        // It is an event as others are; what is lost after it is told by the next one.
        var told = Assert.Single(await Store.Outbox.ReadAsync(stream, 0, 10, long.MaxValue, CancellationToken.None));
        Assert.Equal(("events.dropped", null, null, null), (told.Type, told.Tenant, told.DocumentId, told.Sequence));
        await ExecuteAsync("UPDATE uvlm.outbox SET published_at = now()");
        await WriteAsync(1, from: 7);
        await ExecuteAsync("UPDATE uvlm.outbox SET created_at = '2020-01-10T00:00:00Z' WHERE type = 'document.indexed'");
        await ApplyAsync(Daily);
        await AssertToldAsync(1, "2020-01-10T00:00:00Z", "2020-01-10T00:00:00Z");
        Assert.Equal(8, (await Store.Outbox.ReadStatusAsync(CancellationToken.None)).Dropped);
    }

    [Fact]
    public async Task While_a_publisher_is_at_work_or_was_lately_nothing_goes()
    {
        await WriteAsync(3);
        await AgeAsync("true");
        var lease = (await Store.Leases.TryTakeAsync("outbox/2", "test", TimeSpan.FromMinutes(5), CancellationToken.None))!;
        Assert.Equal(0, await ApplyAsync(Daily));
        await Store.Leases.ReleaseAsync(lease, CancellationToken.None);
        Assert.Equal(0, await ApplyAsync(Daily));
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now() - interval '23 hours'");
        Assert.Equal(0, await ApplyAsync(Daily));
        Assert.Equal(["1", "2", "3"], await DocumentEventsAsync());
    }

    [Fact]
    public async Task When_the_last_publisher_is_away_for_too_long_they_go_with_a_warning()
    {
        await WriteAsync(3);
        await AgeAsync("id <= 2");
        await Store.Leases.TryTakeAsync("outbox/0", "test", TimeSpan.FromMinutes(5), CancellationToken.None);
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now() - interval '25 hours'");
        // Others' leases say nothing about publishing.
        await Store.Leases.TryTakeAsync("matcher/0", "test", TimeSpan.FromMinutes(5), CancellationToken.None);

        Assert.Equal(2, await ApplyAsync(Daily));
        Assert.Equal(["3"], await DocumentEventsAsync());
        Assert.StartsWith("3721 Removed 2 events", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Published_ones_are_another_rules()
    {
        await WriteAsync(3);
        await AgeAsync("true");
        await ExecuteAsync("UPDATE uvlm.outbox SET published_at = now() WHERE id = 2");
        Assert.Equal(2, await ApplyAsync(Daily));
        Assert.Equal(["2"], await DocumentEventsAsync());
    }

    /// <summary>All nodes were away for long, and one that publishes comes a little later than one that does not.</summary>
    [Fact]
    public async Task A_keepers_first_look_leaves_them()
    {
        await WriteAsync(1);
        await AgeAsync("true");
        await using (Store.StartRetention(Daily with { InboxRecords = Day, CheckInterval = TimeSpan.FromHours(1) }))
            await UntilAsync("SELECT EXISTS (SELECT FROM uvlm.retention WHERE rule = 'Inbox')");
        Assert.Equal(["1"], await DocumentEventsAsync());

        await using (Store.StartRetention(Daily with { CheckInterval = TimeSpan.FromMilliseconds(20) }))
            await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE type = 'document.indexed')");
    }

    private Task WriteAsync(int count, int from = 0) => WriteAsync([.. Enumerable.Range(from, count).Select(static i => Make.Upsert(i, $"d{i}", 1, $"text {i}"))]);

    private Task AgeAsync(string which) => ExecuteAsync($"UPDATE uvlm.outbox SET created_at = now() - interval '2 days' WHERE {which}");

    private Task<List<string>> DocumentEventsAsync() => RowsAsync("SELECT id FROM uvlm.outbox WHERE type = 'document.indexed' ORDER BY id");

    private async Task AssertToldAsync(long count, string from, string until)
    {
        var data = JsonNode.Parse(Assert.Single(await RowsAsync("SELECT data FROM uvlm.outbox WHERE type = 'events.dropped' AND published_at IS NULL")))!;
        Assert.Equal((count, DateTimeOffset.Parse(from, null), DateTimeOffset.Parse(until, null)), ((long)data["count"]!, (DateTimeOffset)data["from"]!, (DateTimeOffset)data["until"]!));
    }

    private Task<long> ApplyAsync(RetentionOptions options) => RetentionKeeper.ApplyAsync(Store.Sources, Options, options, _log, CancellationToken.None);
}
