namespace UnifiedVlm.Server.Http;

/// <summary>
/// The time that a transfer has: some seconds, and more with its bytes. What is on its way is held in memory, so someone who hardly sends, or hardly reads, must not hold the
/// room of others. The web server's own rates are no help: they can't be set for a request of HTTP/2.
/// </summary>
internal sealed class TransferPace : IDisposable
{
    private const int BytesPerSecond = 16 << 10;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time;
    private readonly long began;
    private readonly CancellationTokenSource late;
    private readonly CancellationTokenSource either;

    /// <param name="left">Cancelled when the client has left.</param>
    public TransferPace(TimeProvider time, CancellationToken left)
    {
        this.time = time;
        began = time.GetTimestamp();
        late = new CancellationTokenSource(Grace, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(left, late.Token);
    }

    /// <summary>Cancelled when the time is up or the client has left.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>The time is up.</summary>
    public bool IsLate => late.IsCancellationRequested;

    /// <param name="bytes">All that have come so far, or that are to go.</param>
    public void Allow(long bytes)
    {
        var left = Grace + TimeSpan.FromSeconds((double)bytes / BytesPerSecond) - time.GetElapsedTime(began);
        late.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    public void Dispose()
    {
        either.Dispose();
        late.Dispose();
    }
}
