namespace UnifiedVlm.Streams.Producing;

/// <summary>What one partition holds that ingestion has not committed. Thread-safe: deliveries are reported by the client's thread.</summary>
internal sealed class OutstandingWindow(long maxBytes, int maxMessages)
{
    private readonly Lock gate = new();
    private readonly Queue<(long Offset, long Bytes)> delivered = new();
    private long bytes;
    private int messages;

    /// <summary>What an earlier producer left unread has an unknown size: nothing is sent before ingestion has passed it.</summary>
    public void AddBacklog(long lastOffset)
    {
        lock (gate)
        {
            delivered.Enqueue((lastOffset, maxBytes));
            bytes += maxBytes;
            messages++;
        }
    }

    public bool TryAdd(long size)
    {
        lock (gate)
        {
            if (bytes + size > maxBytes || messages >= maxMessages)
                return false;
            bytes += size;
            messages++;
            return true;
        }
    }

    public void Delivered(long offset, long size)
    {
        lock (gate)
            delivered.Enqueue((offset, size));
    }

    /// <summary>Ingestion has everything before <paramref name="next"/>.</summary>
    public void Commit(long next)
    {
        lock (gate)
        {
            while (delivered.TryPeek(out var oldest) && oldest.Offset < next)
            {
                delivered.Dequeue();
                bytes -= oldest.Bytes;
                messages--;
            }
        }
    }
}
