namespace UnifiedVlm.Actors.Kernel;

/// <summary>The asks an actor owes an answer to. Each is a caller that waits: the callers bound it. Thread-safe.</summary>
internal sealed class AskRegistry(string path)
{
    private readonly Lock gate = new();
    private PendingAsk? head;
    private Exception? closed;
    private int count;

    public string Path { get; } = path;

    public int Count => Volatile.Read(ref count);

    /// <summary>The reason, when the actor has stopped already.</summary>
    public Exception? Add(PendingAsk ask)
    {
        lock (gate)
        {
            if (closed is not null)
                return closed;
            ask.Next = head;
            if (head is not null)
                head.Previous = ask;
            head = ask;
            ask.Linked = true;
            count++;
            return null;
        }
    }

    public void Remove(PendingAsk ask)
    {
        lock (gate)
        {
            if (!ask.Linked)
                return;
            ask.Linked = false;
            count--;
            if (ask.Previous is null)
                head = ask.Next;
            else
                ask.Previous.Next = ask.Next;
            if (ask.Next is not null)
                ask.Next.Previous = ask.Previous;
            ask.Previous = ask.Next = null;
        }
    }

    public void Close(Exception reason)
    {
        while (true)
        {
            PendingAsk ask;
            lock (gate)
            {
                closed = reason;
                if (head is null)
                    return;
                ask = head;
            }

            // Removes itself.
            ask.Fail(reason);
            Remove(ask);
        }
    }
}
