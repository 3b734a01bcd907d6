using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Actors.Support;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

/// <summary>Two nodes, each with a clock of its own, and the one inbox that both would read.</summary>
public sealed class TableReaderTests
{
    private const int Backlog = 3;

    private static readonly LeasedWorkOptions Leasing = new();
    private static readonly string Reader = InboxSource.LeaseName("g");

    private readonly RecordingStore store = new();
    private readonly ListInbox inbox = new();
    private readonly ManualTimeProvider database = new();
    private readonly MemoryLeases leases;
    private int acquired;

    public TableReaderTests()
    {
        leases = new MemoryLeases(database);
        store.BeforeAcquire = _ =>
        {
            Interlocked.Increment(ref acquired);
            return Task.CompletedTask;
        };
        for (var i = 0; i < Backlog; i++)
            inbox.Add(i, Records.Document($"d{i}"));
    }

    private int Acquired => Volatile.Read(ref acquired);

    private long? Position => store.NextOffset("g", "inbox", 0);

    /// <summary>Each takes longer from opening the log to its first commit than the other waits before it takes the log back.</summary>
    [Fact]
    public async Task Nodes_with_a_backlog_do_not_take_the_inbox_from_each_other_before_anything_is_committed()
    {
        await using var a = StartNode("a");
        await a.WhenEncodingAsync();
        await using var b = StartNode("b");
        await Waiting.UntilAsync(() => Acquired + leases.Refused >= 2, "the second one has asked for it");

        for (var round = 0; round < 10 && Position is null; round++)
        {
            foreach (var node in (Node[])[a, b])
            {
                if (Position is not null)
                    break;
                await node.WhenEncodingAsync();
                var before = Acquired;
                node.OpenGate();
                await Waiting.UntilAsync(
                    () =>
                    {
                        node.Clock.Advance(TimeSpan.FromSeconds(1));
                        return Position is not null || Acquired > before;
                    },
                    "something is committed, or the log is taken back");
            }
        }

        Assert.NotNull(Position);
        await Waiting.UntilAsync(() => Position == Backlog, "the backlog is stored");
        AssertStoredOnce(Backlog);
        Assert.Equal(1, Acquired);
    }

    [Fact]
    public async Task Who_leaves_writes_what_is_in_flight_before_the_next_one_has_the_log_at_once()
    {
        await using var a = StartNode("a");
        await a.WhenEncodingAsync();
        await using var b = StartNode("b");
        await b.WhenRefusedAsync();

        var stopping = a.Harness.StopAsync();
        // What it would do if the lease were free.
        await b.WhenRefusedAsync();
        await b.WhenRefusedAsync();
        Assert.Equal(("a", 1), (leases.Owner(Reader), Acquired));
        a.OpenGate();
        await stopping;

        Assert.Equal(Backlog, Position);
        Assert.Null(leases.Owner(Reader));
        inbox.Add(Backlog, Records.Document($"d{Backlog}"));
        b.OpenGateForGood();
        // No time passes for the lease itself.
        await b.UntilAsync(() => Position == Backlog + 1, "the other one goes on");
        AssertStoredOnce(Backlog + 1);
        Assert.Equal(2, Acquired);
    }

    [Fact]
    public async Task Who_is_silent_for_the_lease_s_lifetime_loses_the_log_and_what_it_had_in_hand()
    {
        await using var a = StartNode("a");
        await a.WhenEncodingAsync();
        await using var b = StartNode("b");
        await b.WhenRefusedAsync();
        b.OpenGateForGood();

        // The first one's clock stands: it is stopped.
        database.Advance(Leasing.Lifetime);
        await b.UntilAsync(() => Position == Backlog, "the other one has stored the backlog");

        Assert.Single(a.Harness.Pipeline.Status().Partitions);
        await a.UntilAsync(() => a.Harness.Pipeline.Status().Partitions.Count == 0, "it has heard that the lease is another's");
        a.OpenGateForGood();
        Assert.Equal(("b", 2), (leases.Owner(Reader), Acquired));

        // And it waits for its turn, which comes when the other one leaves.
        await b.Harness.StopAsync();
        inbox.Add(Backlog, Records.Document($"d{Backlog}"));
        await a.UntilAsync(() => Position == Backlog + 1, "it goes on where the other one ended");
        AssertStoredOnce(Backlog + 1);
        Assert.Equal(3, Acquired);
    }

    [Fact]
    public async Task Who_is_fenced_gives_the_lease_up()
    {
        await using var a = StartNode("a");
        await a.WhenEncodingAsync();
        await using var b = StartNode("b");
        await b.WhenRefusedAsync();
        b.OpenGateForGood();
        await store.AcquireAsync(InboxLog("g"), "an erasure", CancellationToken.None);

        a.OpenGate();

        await b.UntilAsync(() => Position == Backlog, "the other one has stored the backlog");
        AssertStoredOnce(Backlog);
        Assert.Equal("b", leases.Owner(Reader));
    }

    [Fact]
    public async Task While_the_database_is_silent_what_is_in_hand_is_kept()
    {
        await using var a = StartNode("a");
        await a.WhenEncodingAsync();
        var asked = 0;
        leases.BeforeCall = async token =>
        {
            Interlocked.Increment(ref asked);
            await Task.Delay(Timeout.Infinite, token);
        };

        // Through two renewals, each given up in its time.
        await a.UntilAsync(() => Volatile.Read(ref asked) >= 2, "it has been asked for twice");
        leases.BeforeCall = static _ => Task.CompletedTask;
        database.Advance(5 * Leasing.Lifetime);
        await a.UntilAsync(() => leases.Renewed > 0, "the lease is renewed again");

        a.OpenGate();
        await Waiting.UntilAsync(() => Position == Backlog, "the backlog is stored");
        Assert.Equal(1, Acquired);
    }

    private static LogPartition InboxLog(string group) => new(group, "inbox", "inbox", 0);

    private void AssertStoredOnce(int documents)
        => Assert.Equal(Enumerable.Range(0, documents).Select(static i => $"d{i}"), store.Outcomes.OfType<DocumentUpsert>().Select(static u => u.Document.Id));

    private Node StartNode(string name) => new(name, store, inbox, leases);

    /// <summary>Its device gives nothing back before a test says so.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly MemoryLeases leases;
        private TaskCompletionSource gate = NewGate();
        private int waiting;

        public Node(string name, RecordingStore store, ListInbox inbox, MemoryLeases leases)
        {
            this.leases = leases;
            var model = new FakeModel { OnEncode = EncodeAsync };
            var source = new InboxSource(
                inbox, "g", new LeaseTaker(leases, name, Leasing, NullLogger.Instance, Clock), TimeSpan.FromSeconds(5), Clock);
            Harness = PipelineHarness.Start(PipelineHarness.Options with { Owner = name }, store, model, [source]);
        }

        public ManualTimeProvider Clock { get; } = new();

        public PipelineHarness Harness { get; }

        /// <summary>Lets go what is with the device now, and nothing that comes later.</summary>
        public void OpenGate() => Interlocked.Exchange(ref gate, NewGate()).TrySetResult();

        public void OpenGateForGood()
        {
            var open = NewGate();
            open.SetResult();
            Interlocked.Exchange(ref gate, open).TrySetResult();
        }

        public Task WhenEncodingAsync() => Waiting.UntilAsync(() => Volatile.Read(ref waiting) == Backlog, "the backlog is with the device");

        /// <summary>It has asked for the lease once more, in vain.</summary>
        public Task WhenRefusedAsync()
        {
            var before = leases.Refused;
            return UntilAsync(() => leases.Refused > before, "it has asked for the lease");
        }

        /// <summary>While its clock goes on.</summary>
        public Task UntilAsync(Func<bool> condition, string what) => Waiting.UntilAsync(
            () =>
            {
                Clock.Advance(TimeSpan.FromMilliseconds(500));
                return condition();
            },
            what);

        public ValueTask DisposeAsync()
        {
            OpenGateForGood();
            return Harness.DisposeAsync();
        }

        private static TaskCompletionSource NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

        private async Task EncodeAsync(string id, CancellationToken cancellationToken)
        {
            var until = Volatile.Read(ref gate).Task;
            Interlocked.Increment(ref waiting);
            try
            {
                await until.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref waiting);
            }
        }
    }
}
