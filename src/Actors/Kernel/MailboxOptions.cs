namespace UnifiedVlm.Actors.Kernel;

/// <summary>The size and the rules of a mailbox. Every mailbox is bounded.</summary>
public sealed record MailboxOptions<TMessage>
{
    /// <summary>Messages the normal lane holds.</summary>
    public int Capacity { get; init; } = 1024;

    public OverflowPolicy Overflow { get; init; } = OverflowPolicy.Wait;

    /// <summary>The lane of a message; null puts everything into the normal lane. Must be cheap and pure.</summary>
    public Func<TMessage, MailboxLane>? Lane { get; init; }

    /// <summary>Messages the high lane holds; used only with <see cref="Lane"/>.</summary>
    public int HighCapacity { get; init; } = 64;

    /// <summary>Messages the low lane holds; used only with <see cref="Lane"/>.</summary>
    public int LowCapacity { get; init; } = 64;

    /// <summary>The weight of a message, such as its bytes; null bounds the mailbox by count alone. Must give the same answer every time.</summary>
    public Func<TMessage, long>? Weigh { get; init; }

    /// <summary>Total weight of the messages waiting. A message heavier than this is taken when nothing else that has weight waits.</summary>
    public long MaxWeight { get; init; } = long.MaxValue;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(HighCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LowCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWeight, 1);
        if (Weigh is not null && Overflow == OverflowPolicy.DropOldest)
            throw new ArgumentException("Overflow: DropOldest can't bound a weight, since one dropped message may be too light. Use Wait or Refuse.");
    }
}
