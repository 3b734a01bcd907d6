using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace UnifiedVlm.Actors.Kernel;

/// <summary>The bounded lanes of one actor. It outlives the actor's instances. Many writers, one reader.</summary>
internal sealed class Mailbox<TMessage>
{
    private readonly MailboxOptions<TMessage> options;
    private readonly Channel<TMessage>? high;
    private readonly Channel<TMessage> normal;
    private readonly Channel<TMessage>? low;
    private readonly CreditPool? weight;
    private volatile bool closed;

    public Mailbox(MailboxOptions<TMessage> options, Action<TMessage> dropped)
    {
        this.options = options;
        normal = CreateLane(options.Capacity, options.Overflow, dropped);
        if (options.Lane is not null)
        {
            high = CreateLane(options.HighCapacity, options.Overflow, dropped);
            low = CreateLane(options.LowCapacity, options.Overflow, dropped);
        }

        if (options.Weigh is not null)
            weight = new CreditPool(options.MaxWeight);
    }

    public int Depth => normal.Reader.Count + (high?.Reader.Count ?? 0) + (low?.Reader.Count ?? 0);

    public int Capacity => options.Capacity + (options.Lane is null ? 0 : options.HighCapacity + options.LowCapacity);

    public long Weight => weight?.Used ?? 0;

    public bool IsClosed => closed;

    public OverflowPolicy Overflow => options.Overflow;

    public bool TryWrite(TMessage message)
    {
        if (weight is null)
            return LaneOf(message).Writer.TryWrite(message);

        // Both are the actor's functions and may throw: before anything is charged.
        var (lane, charge) = (LaneOf(message), options.Weigh!(message));
        if (!weight.TryAcquire(charge))
            return false;
        if (lane.Writer.TryWrite(message))
            return true;
        weight.Release(charge);
        return false;
    }

    /// <exception cref="ChannelClosedException">The actor has stopped.</exception>
    public async ValueTask WriteAsync(TMessage message, CancellationToken cancellationToken)
    {
        if (weight is null)
        {
            await LaneOf(message).Writer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
            return;
        }

        var charge = options.Weigh!(message);
        await weight.AcquireAsync(charge, cancellationToken).ConfigureAwait(false);
        try
        {
            await LaneOf(message).Writer.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            weight.Release(charge);
            throw;
        }
    }

    public bool TryRead([MaybeNullWhen(false)] out TMessage message)
    {
        if ((high is not null && high.Reader.TryRead(out message))
            || normal.Reader.TryRead(out message)
            || (low is not null && low.Reader.TryRead(out message)))
        {
            weight?.Release(options.Weigh!(message));
            return true;
        }

        message = default;
        return false;
    }

    /// <summary>Takes nothing more in; whoever waits for room fails with <see cref="ChannelClosedException"/>.</summary>
    public void Close()
    {
        closed = true;
        high?.Writer.TryComplete();
        normal.Writer.TryComplete();
        low?.Writer.TryComplete();
        weight?.Close(new ChannelClosedException());
    }

    private static Channel<TMessage> CreateLane(int capacity, OverflowPolicy overflow, Action<TMessage> dropped)
        => Channel.CreateBounded(
            new BoundedChannelOptions(capacity)
            {
                SingleReader = true,
                FullMode = overflow == OverflowPolicy.DropOldest ? BoundedChannelFullMode.DropOldest : BoundedChannelFullMode.Wait,
            },
            dropped);

    private Channel<TMessage> LaneOf(TMessage message) => options.Lane is null
        ? normal
        : options.Lane(message) switch
        {
            MailboxLane.High => high!,
            MailboxLane.Low => low!,
            _ => normal,
        };
}
