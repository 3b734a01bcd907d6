namespace UnifiedVlm.Server.Hosting;

/// <summary>The speed of a counter over its last ten samples. Thread-safe.</summary>
internal sealed class RateWindow(TimeProvider time)
{
    private const int Capacity = 11;

    private readonly Lock gate = new();
    private readonly Queue<(long At, long Count)> samples = new(Capacity);

    public double PerSecond
    {
        get
        {
            lock (gate)
            {
                if (samples.Count < 2)
                    return 0;
                var (first, last) = (samples.Peek(), samples.Last());
                return (last.Count - first.Count) / Math.Max(1e-3, time.GetElapsedTime(first.At, last.At).TotalSeconds);
            }
        }
    }

    public void Add(long count)
    {
        lock (gate)
        {
            if (samples.Count == Capacity)
                samples.Dequeue();
            samples.Enqueue((time.GetTimestamp(), count));
        }
    }
}
