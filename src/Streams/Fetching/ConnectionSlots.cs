namespace UnifiedVlm.Streams.Fetching;

/// <summary>
/// Bounds connections in all and to one host, first come first served; those who wait are at most as many as there are records in flight. Whoever
/// waits for a busy host takes no place from others. Thread-safe.
/// </summary>
internal sealed class ConnectionSlots(int inAll, int perHost) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim all = new(inAll);
    private readonly Dictionary<string, Line> lines = new(StringComparer.OrdinalIgnoreCase);

    /// <returns>Disposed when the connection is not needed any more.</returns>
    public async Task<IDisposable> EnterAsync(string host, CancellationToken cancellationToken)
    {
        var line = Join(host);
        try
        {
            await line.Places.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave(host, line);
            throw;
        }

        try
        {
            await all.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Slot(this, host, line);
        }
        catch
        {
            line.Places.Release();
            Leave(host, line);
            throw;
        }
    }

    public void Dispose() => all.Dispose();

    private Line Join(string host)
    {
        lock (gate)
        {
            if (!lines.TryGetValue(host, out var line))
                lines[host] = line = new Line(new SemaphoreSlim(perHost));
            line.Members++;
            return line;
        }
    }

    /// <summary>A host that nobody asks for is forgotten: there may be any number of them below a domain.</summary>
    private void Leave(string host, Line line)
    {
        lock (gate)
        {
            if (--line.Members == 0)
                lines.Remove(host);
        }
    }

    private sealed class Line(SemaphoreSlim places)
    {
        public SemaphoreSlim Places { get; } = places;

        public int Members { get; set; }
    }

    private sealed class Slot(ConnectionSlots slots, string host, Line line) : IDisposable
    {
        private int left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref left, 1) != 0)
                return;
            slots.all.Release();
            line.Places.Release();
            slots.Leave(host, line);
        }
    }
}
