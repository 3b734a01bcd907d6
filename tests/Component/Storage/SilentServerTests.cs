using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Storage.Search;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Tests.Component.Streams;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>
/// What is given up while the server takes connections and says nothing: nobody is held up, and what was under way may count or not. That a call was left behind is
/// asked of the log: the driver gives up by itself too, after half a minute or five.
/// </summary>
public sealed class SilentServerTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const string Commit = "COMMIT\0";

    /// <summary>Of a renewal, and not of giving a lease up.</summary>
    private const string Renewal = "uvlm.lease SET expires_at = clock_timestamp() +";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly LeftBehindLog _left = new();
    private ServerProxy _proxy = null!;
    private Store _behind = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _proxy = new ServerProxy(ConnectionString);
        // Without the driver's own limits: on a busy machine they may be over before ours are.
        var patient = new NpgsqlConnectionStringBuilder(_proxy.ConnectionString) { Timeout = 0, CancellationTimeout = 0 };
        _behind = await Store.OpenAsync(Options with { ConnectionString = patient.ConnectionString, CommandTimeout = TimeSpan.Zero }, new OneLogger(_left));
    }

    public override async Task DisposeAsync()
    {
        _proxy.Release();
        await _behind.DisposeAsync();
        await _proxy.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(Commit, false)]
    [InlineData(Commit, true)]
    public async Task Marking_events_is_given_up_and_they_are_published_at_least_once(string at, bool onAnyConnection)
    {
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "two"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var lease = await TakeAsync(_behind, "outbox/0");
        var events = await _behind.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None);

        await GiveUpAsync(at, onAnyConnection, "Marking events as published", token => _behind.Outbox.MarkAsync(lease, events, token));

        // The next holder finds all of them marked or none, and nobody marks under the old epoch any more.
        await ExpireAsync();
        var next = await TakeAsync(Store, "outbox/0");
        var left = await Store.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None);
        Assert.Contains(left.Count, new[] { 0, events.Count });
        await Assert.ThrowsAsync<LeaseLostException>(() => _behind.Outbox.MarkAsync(lease, events, CancellationToken.None).WaitAsync(Patience));
        await Store.Outbox.MarkAsync(next, left, CancellationToken.None);
        Assert.Empty(await Store.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None));
    }

    [Theory]
    [InlineData(Commit)]
    [InlineData("SET match_pending = false")]
    public async Task Writing_matches_is_given_up_and_each_is_raised_once(string at)
    {
        var id = await AddAsync("one");
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var (log, direct) = (_behind.OpenMatches(Model), Store.OpenMatches(Model));
        var lease = await TakeAsync(_behind, "matcher/0");
        var documents = await log.ReadAsync(stream, 0, 10, long.MaxValue, CancellationToken.None);
        MatchedDocument[] matches = [new(documents[0].EventId, id, "{}"u8.ToArray())];

        await GiveUpAsync(at, onAnyConnection: true, "Writing what was matched", token => log.FinishAsync(lease, documents, matches, token));

        await ExpireAsync();
        var next = await TakeAsync(Store, "matcher/0");
        Assert.Contains((await direct.ReadAsync(stream, 0, 10, long.MaxValue, CancellationToken.None)).Count, new[] { 0, 1 });
        await Assert.ThrowsAsync<LeaseLostException>(() => log.FinishAsync(lease, documents, matches, CancellationToken.None).WaitAsync(Patience));
        // Whether the first one counted or not.
        await direct.FinishAsync(next, documents, matches, CancellationToken.None);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE type = 'subscription.matched'"));
        Assert.Empty(await direct.ReadAsync(stream, 0, 10, long.MaxValue, CancellationToken.None));
    }

    [Theory]
    [InlineData(Commit, "Writing what was matched")]
    [InlineData(Renewal, "Renewing a lease")]
    public async Task A_matcher_ends_and_the_next_one_raises_what_is_left(string at, string left)
    {
        await AddAsync("one");
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        // Renewed often, so that a renewal is what meets the silence; not so often that a busy machine opens no connection within a lifetime.
        var silent = _proxy.Arm(ServerProxy.Fault.Silence, at);
        var matcher = Start(_behind, stream, new LeasedWorkOptions { Lifetime = TimeSpan.FromSeconds(3), Interval = TimeSpan.FromMilliseconds(20) });
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await silent.WaitAsync(Patience);

        await matcher.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Contains(left, _left.What);

        _proxy.Release();
        await using (Start(Store, stream, new LeasedWorkOptions { Interval = TimeSpan.FromMilliseconds(20) }))
            await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed')");
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM uvlm.outbox WHERE type = 'subscription.matched'"));
    }

    [Fact]
    public async Task Retention_ends_and_what_it_removed_is_counted_once()
    {
        await WriteAsync([.. Enumerable.Range(0, 3).Select(static i => Make.Dead(i))]);
        await ExecuteAsync("UPDATE uvlm.dead_letter SET created_at = now() - interval '91 days'");
        var silent = _proxy.Arm(ServerProxy.Fault.Silence, Commit);
        var keeper = _behind.StartRetention(new RetentionOptions());
        await silent.WaitAsync(Patience);

        await keeper.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.Equal(["The removal of what is old"], _left.What);

        _proxy.Release();
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 4990182 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))");
        await using (Store.StartRetention(new RetentionOptions { Interval = TimeSpan.Zero }))
            await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.dead_letter)");
        Assert.Equal(3, (await Store.Retention.ReadAsync(CancellationToken.None)).Single(static s => s.Rule == RetentionRule.DeadLetters).Total);
    }

    /// <summary>What a question from Kafka or over HTTP asks the store.</summary>
    [Fact]
    public async Task A_search_is_given_up()
    {
        var search = await _behind.OpenSearchAsync(Model, Dimension);
        await GiveUpAsync("uvlm.part_vector_1", onAnyConnection: true, "Searching", token => search.FindCandidatesAsync(new SearchQuery("a", Make.Embed("one"), null), token));
    }

    [Fact]
    public async Task A_members_beat_is_given_up()
    {
        var info = new MemberInfo("n", NodeRoles.Query, null, null, null, null, "test");
        var epoch = await _behind.Members.JoinAsync(info, Lifetime, CancellationToken.None);
        await GiveUpAsync(
            "UPDATE uvlm.member", onAnyConnection: true, "A member's beat",
            token => _behind.Members.BeatAsync("n", epoch, MemberState.Ready, new MemberLoad(0, 0, 0, 0), Lifetime, token));
    }

    [Fact]
    public Task A_note_of_used_keys_is_given_up()
        => GiveUpAsync("FROM uvlm.api_key", onAnyConnection: true, "Noting which keys were used", token => _behind.Keys.NoteUsedAsync(["k"], token));

    /// <summary>Its work goes on without it otherwise, for as long as the driver waits.</summary>
    [Fact]
    public async Task A_lease_whose_renewal_is_not_answered_is_lost()
    {
        var lease = await TakeAsync(_behind, "filler/1");
        var time = new ManualTimeProvider();
        var silent = _proxy.Arm(ServerProxy.Fault.Silence, Renewal);
        await using var keeper = new LeaseKeeper(_behind.Leases, lease, Lifetime, endsUnheard: true, NullLogger.Instance, time);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = keeper.Lost.Register(lost.SetResult);
        try
        {
            await time.WhenPendingAsync(1);
            time.Advance(Lifetime / 3);
            await silent.WaitAsync(Patience);

            time.Advance(Lifetime);
            await lost.Task.WaitAsync(Patience);

            Assert.Equal(["Renewing a lease"], _left.What);
        }
        finally
        {
            // The keeper's own limit stands still with its clock.
            _proxy.Release();
        }
    }

    [Fact]
    public async Task A_holder_that_stops_before_its_commit_does_not_keep_its_lease_for_ever()
    {
        await using var stopped = await Store.OpenAsync(Options with { ConnectionString = _proxy.ConnectionString, IdleTransactionLimit = TimeSpan.FromSeconds(1) });
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var stream = await Store.Outbox.OpenAsync(1, CancellationToken.None);
        var lease = await TakeAsync(stopped, "outbox/0", TimeSpan.Zero);
        var events = await stopped.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None);
        var stalled = _proxy.Arm(ServerProxy.Fault.Stall, Commit);
        // The server may have ended it before its COMMIT: then it was this machine that was slow.
        var mark = stopped.Outbox.MarkAsync(lease, events, CancellationToken.None);
        while (await Task.WhenAny(stalled, mark).WaitAsync(Patience) == mark && !stalled.IsCompleted)
        {
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => mark);
            mark = stopped.Outbox.MarkAsync(lease, events, CancellationToken.None);
        }

        var next = await TakeAsync(Store, "outbox/0");

        Assert.Single(await Store.Outbox.ReadAsync(stream, 0, 10, 1 << 20, CancellationToken.None));
        _proxy.Release();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => mark.WaitAsync(Patience));
        await Store.Outbox.MarkAsync(next, events, CancellationToken.None);
    }

    /// <summary>The server falls silent at a message of the call, which is then cancelled and must end; afterwards the server goes on with what it has got.</summary>
    private async Task GiveUpAsync(string at, bool onAnyConnection, string what, Func<CancellationToken, Task> call)
    {
        var stalled = _proxy.Arm(onAnyConnection ? ServerProxy.Fault.Silence : ServerProxy.Fault.Stall, at);
        using var giveUp = new CancellationTokenSource();
        var running = call(giveUp.Token);
        await stalled.WaitAsync(Patience);

        // On a thread of its own: where it is held up the test should fail, not stand still.
        await Task.Run(giveUp.Cancel).WaitAsync(Patience);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
        // Where the server still takes cancellations, the driver is quicker.
        if (onAnyConnection)
            Assert.Equal([what], _left.What);
        _proxy.Release();
    }

    /// <summary>Waits for whoever holds the lease's row in a transaction.</summary>
    private Task ExpireAsync() => ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");

    /// <summary>As often as it takes: while a transaction keeps the lease's row, another has it.</summary>
    private static async Task<Lease> TakeAsync(Store store, string name, TimeSpan? lifetime = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            if (await store.Leases.TryTakeAsync(name, "test", lifetime ?? Lifetime, limit.Token) is { } lease)
                return lease;
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private Task<Guid> AddAsync(string content) => Store.Subscriptions.AddAsync(
        new NewSubscription("a", new InterleavedDocument { Id = "question", Parts = [new TextPart(content)] }, 0.95f), Make.Embed(content), Model, CancellationToken.None);

    private static SubscriptionMatcher Start(Store store, EventStream stream, LeasedWorkOptions leases) => SubscriptionMatcher.Start(
        store, stream, "test", Model, Dimension, static (_, _) => throw new NotSupportedException(), new SubscriptionOptions { PollInterval = TimeSpan.FromMilliseconds(10) },
        new QueryOptions { AlignmentThreads = 1 }, leases, NullLoggerFactory.Instance, TimeProvider.System);
}
