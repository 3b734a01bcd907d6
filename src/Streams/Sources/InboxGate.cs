using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Sources;

/// <summary>
/// Lets pushes into the inbox up to its limits without counting what waits at each of them: one look at the table grants a share of the room that
/// is left, and the next look comes when that is used up. Several nodes don't know of each other's shares, so that together they may go beyond
/// the limit by a share, or one push where that is larger, for each node but one. Thread-safe.
/// </summary>
/// <param name="limits">Over all nodes.</param>
/// <param name="measure">Looks at the table.</param>
public sealed class InboxGate(InboxLimits limits, Func<CancellationToken, Task<InboxLoad>> measure, TimeProvider time) : IDisposable
{
    /// <summary>A sixteenth of the room is granted at a look.</summary>
    private const int Shares = 16;

    /// <summary>A full inbox is not looked at again before this has passed, and a refused sender is told so.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim measuring = new(1);
    private InboxLoad granted;
    private InboxLoad entered;
    private InboxLoad known;
    private long? refusedAt;

    /// <summary>What waits as far as this node knows: the last look, and what it let in since.</summary>
    public IReadOnlyList<QueueStatus> Queues
    {
        get
        {
            lock (gate)
            {
                return
                [
                    new("inbox", known.Rows, limits.Rows),
                    new("inbox bytes", known.Bytes, limits.Bytes),
                ];
            }
        }
    }

    /// <summary>Asks for room. What is disposed of afterwards stands for the push while it is neither committed nor given up.</summary>
    /// <exception cref="InboxFullException">There is none, and nothing was taken.</exception>
    /// <exception cref="PushTooLargeException">There will never be any: the push alone is more than the limits.</exception>
    public async Task<IDisposable> EnterAsync(InboxLoad push, CancellationToken cancellationToken)
    {
        if (push.Rows > limits.Rows || push.Bytes > limits.Bytes)
            throw new PushTooLargeException(push, limits);
        if (TryEnter(push))
            return new Pass(this, push);
        await measuring.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Somebody else may have looked meanwhile.
            if (!TryEnter(push))
                await EnterByLookingAsync(push, cancellationToken).ConfigureAwait(false);
            return new Pass(this, push);
        }
        finally
        {
            measuring.Release();
        }
    }

    /// <summary>Looks at the table for <see cref="Queues"/>, and for a grant that is up to date.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await measuring.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            measuring.Release();
        }
    }

    public void Dispose() => measuring.Dispose();

    private bool TryEnter(InboxLoad push)
    {
        lock (gate)
        {
            if (push.Rows > granted.Rows || push.Bytes > granted.Bytes)
                return refusedAt is { } at && time.GetElapsedTime(at) < Pause ? throw new InboxFullException(limits, Pause) : false;
            Take(push, new(granted.Rows - push.Rows, granted.Bytes - push.Bytes));
            return true;
        }
    }

    private async Task EnterByLookingAsync(InboxLoad push, CancellationToken cancellationToken)
    {
        var room = await LookAsync(cancellationToken).ConfigureAwait(false);
        lock (gate)
        {
            if (push.Rows > room.Rows || push.Bytes > room.Bytes)
            {
                refusedAt = time.GetTimestamp();
                throw new InboxFullException(limits, Pause);
            }

            refusedAt = null;
            Take(push, new(Math.Max(0, granted.Rows - push.Rows), Math.Max(0, granted.Bytes - push.Bytes)));
        }
    }

    /// <returns>All the room there is; a share of it is granted.</returns>
    private async Task<InboxLoad> LookAsync(CancellationToken cancellationToken)
    {
        InboxLoad unseen;
        lock (gate)
        {
            // Nobody enters while we look, and who is on the way in may be in the table or not: counted as if not.
            granted = default;
            unseen = entered;
        }

        var waiting = await measure(cancellationToken).ConfigureAwait(false);
        var room = new InboxLoad(limits.Rows - waiting.Rows - unseen.Rows, limits.Bytes - waiting.Bytes - unseen.Bytes);
        lock (gate)
        {
            known = waiting;
            granted = new(Share(room.Rows, limits.Rows), Share(room.Bytes, limits.Bytes));
        }

        return room;
    }

    private static long Share(long room, long limit) => Math.Clamp(room, 0, Math.Max(1, limit / Shares));

    private void Take(InboxLoad push, InboxLoad left)
    {
        granted = left;
        entered = new(entered.Rows + push.Rows, entered.Bytes + push.Bytes);
        known = new(known.Rows + push.Rows, known.Bytes + push.Bytes);
    }

    private void Leave(InboxLoad push)
    {
        lock (gate)
            entered = new(entered.Rows - push.Rows, entered.Bytes - push.Bytes);
    }

    private sealed class Pass(InboxGate gate, InboxLoad push) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) == 0)
                gate.Leave(push);
        }
    }
}
