namespace UnifiedVlm.Streams.Asking;

/// <summary>The questions of one partition that are under way, in order: the position moves past a question when it and all before it are answered.</summary>
internal sealed class AskPartition
{
    private readonly Queue<(long Offset, Task Answered)> underWay = [];
    private long? moved;

    public void Add(long offset, Task answered) => underWay.Enqueue((offset, answered));

    /// <returns>The next offset, where it has moved since <see cref="Committed"/>; null where it has not.</returns>
    public long? Advance()
    {
        while (underWay.TryPeek(out var first) && first.Answered.IsCompletedSuccessfully)
            moved = underWay.Dequeue().Offset + 1;
        return moved;
    }

    /// <summary>The brokers have it. Until then it is said again.</summary>
    public void Committed() => moved = null;
}
