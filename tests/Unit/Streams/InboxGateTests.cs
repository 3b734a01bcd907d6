using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class InboxGateTests
{
    private static readonly InboxLoad One = new(1, 10);

    private readonly ManualTime time = new();
    private readonly Table table = new();

    [Fact]
    public async Task A_look_lets_a_sixteenth_of_the_room_in_and_the_limit_is_never_passed()
    {
        using var gate = Gate(rows: 160, bytes: 1 << 20);
        for (var i = 0; i < 160; i++)
            await PushAsync(gate, One);
        Assert.Equal(16, table.Looks);
        var refused = await Assert.ThrowsAsync<InboxFullException>(() => PushAsync(gate, One));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.RetryAfter);
        Assert.Contains("160 documents", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new InboxLoad(160, 1600), table.Waiting);
    }

    [Fact]
    public async Task Bytes_are_limited_like_rows_and_a_large_push_needs_no_more_than_its_room()
    {
        using var gate = Gate(rows: 1000, bytes: 1600);
        await PushAsync(gate, new(1, 1500));
        await Assert.ThrowsAsync<InboxFullException>(() => PushAsync(gate, new(1, 101)));
        await PushAsync(gate, new(1, 100));
        Assert.Equal(1600, table.Waiting.Bytes);
    }

    [Theory]
    [InlineData(11, 10)]
    [InlineData(1, 101)]
    public async Task A_push_that_alone_is_more_than_the_limit_is_not_told_to_come_back(long rows, long bytes)
    {
        using var gate = Gate(rows: 10, bytes: 100);
        var refused = await Assert.ThrowsAsync<PushTooLargeException>(() => PushAsync(gate, new(rows, bytes)));
        Assert.Contains("at most 10 documents and 100 bytes", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, table.Looks);
        await PushAsync(gate, new(10, 100));
        Assert.Equal(new InboxLoad(10, 100), table.Waiting);
    }

    [Fact]
    public async Task A_full_inbox_is_not_looked_at_again_for_a_while_and_then_lets_in_what_fits()
    {
        using var gate = Gate(rows: 1, bytes: 1 << 20);
        await PushAsync(gate, One);
        await Assert.ThrowsAsync<InboxFullException>(() => PushAsync(gate, One));
        var looks = table.Looks;
        table.Waiting = default;
        await Assert.ThrowsAsync<InboxFullException>(() => PushAsync(gate, One));
        Assert.Equal(looks, table.Looks);
        time.Advance(TimeSpan.FromSeconds(1));
        await PushAsync(gate, One);
        Assert.Equal(1, table.Waiting.Rows);
    }

    [Fact]
    public async Task Several_nodes_go_beyond_the_limit_by_a_share_each_but_one_at_most()
    {
        using var a = Gate(rows: 160, bytes: 1 << 20);
        using var b = Gate(rows: 160, bytes: 1 << 20);
        using var c = Gate(rows: 160, bytes: 1 << 20);
        var gates = new[] { a, b, c };
        // Each takes a share before the last of the room is gone.
        foreach (var gate in gates)
            await PushAsync(gate, One);
        table.Waiting = new(150, 0);
        var full = 0;
        for (var i = 0; full < 3; i = (i + 1) % 3)
        {
            try
            {
                await PushAsync(gates[i], One);
            }
            catch (InboxFullException)
            {
                full++;
            }
        }

        Assert.InRange(table.Waiting.Rows, 160, 160 + (2 * 10));
    }

    [Fact]
    public async Task A_push_on_its_way_is_counted_though_the_table_does_not_show_it_yet()
    {
        using var gate = Gate(rows: 2, bytes: 1 << 20);
        using (await gate.EnterAsync(One, CancellationToken.None))
        using (await gate.EnterAsync(One, CancellationToken.None))
            await Assert.ThrowsAsync<InboxFullException>(() => gate.EnterAsync(One, CancellationToken.None));
        // Both were given up: there is room again.
        time.Advance(TimeSpan.FromSeconds(1));
        await PushAsync(gate, One);
    }

    [Fact]
    public async Task A_look_that_fails_lets_nobody_in_and_the_next_one_is_made()
    {
        using var gate = Gate(rows: 10, bytes: 1 << 20);
        table.Failure = new TimeoutException("away");
        await Assert.ThrowsAsync<TimeoutException>(() => PushAsync(gate, One));
        table.Failure = null;
        await PushAsync(gate, One);
        Assert.Equal(1, table.Waiting.Rows);
    }

    [Fact]
    public async Task Its_gauge_shows_the_last_look_and_what_came_since()
    {
        using var gate = Gate(rows: 100, bytes: 1000);
        await PushAsync(gate, One);
        await PushAsync(gate, One);
        Assert.Equal([("inbox", 2, 100), ("inbox bytes", 20, 1000)], gate.Queues.Select(static q => (q.Name, q.Length, q.Capacity)));
        table.Waiting = default;
        await gate.RefreshAsync(CancellationToken.None);
        Assert.All(gate.Queues, static q => Assert.Equal(0, q.Length));
    }

    [Fact]
    public async Task Many_at_once_stay_within_the_limit()
    {
        using var gate = Gate(rows: 500, bytes: 1 << 20);
        var taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(_ => Task.Run(async () =>
        {
            try
            {
                await PushAsync(gate, One);
                Interlocked.Increment(ref taken);
            }
            catch (InboxFullException)
            {
                // As it should be for three in four.
            }
        }))).WaitAsync(Waiting.Limit);
        Assert.InRange(taken, 1, 500);
        Assert.Equal(taken, table.Waiting.Rows);
    }

    private InboxGate Gate(long rows, long bytes) => new(new InboxLimits(rows, bytes), table.LookAsync, time);

    private async Task PushAsync(InboxGate gate, InboxLoad push)
    {
        using var pass = await gate.EnterAsync(push, CancellationToken.None);
        await Task.Yield();
        table.Add(push);
    }

    private sealed class Table
    {
        private readonly Lock gate = new();
        private InboxLoad waiting;

        public InboxLoad Waiting
        {
            get
            {
                lock (gate)
                    return waiting;
            }

            set
            {
                lock (gate)
                    waiting = value;
            }
        }

        public int Looks { get; private set; }

        public Exception? Failure { get; set; }

        public void Add(InboxLoad push)
        {
            lock (gate)
                waiting = new(waiting.Rows + push.Rows, waiting.Bytes + push.Bytes);
        }

        public async Task<InboxLoad> LookAsync(CancellationToken cancellationToken)
        {
            Looks++;
            await Task.Yield();
            return Failure is null ? Waiting : throw Failure;
        }
    }
}
