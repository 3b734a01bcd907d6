using System.Diagnostics.Metrics;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// Bounds the pictures that are in memory because someone uploads or downloads them, and the other large replies that someone reads: documents, dead letters, vectors, ranked
/// documents. Nobody waits: who finds no room is told to come back.
/// </summary>
internal sealed class BlobTransfers : IDisposable
{
    /// <summary>Bytes in either direction, unless a limit of the process' memory says less.</summary>
    public const long DefaultCapacity = 128L << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly TimeProvider time;
    private readonly Budget uploads;
    private readonly Budget downloads;
    private readonly Meter meter = new("UnifiedVlm.Server");

    /// <param name="capacity">Bytes in either direction.</param>
    /// <param name="time">Null: the system's.</param>
    public BlobTransfers(long capacity = DefaultCapacity, TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        uploads = new Budget("uploaded bytes", capacity);
        downloads = new Budget("downloaded bytes", capacity);
        meter.CreateObservableGauge("uvlm.blobs.in_flight", Measure, "By", "Bytes of pictures that are being uploaded or downloaded, and of documents, dead letters, vectors and ranked documents that are being read.");
    }

    /// <returns>Disposed when the bytes are not held any more.</returns>
    /// <exception cref="TransfersBusyException">There is no room.</exception>
    public IDisposable Upload(long bytes) => Take(uploads, bytes);

    /// <inheritdoc cref="Upload"/>
    public IDisposable Download(long bytes) => Take(downloads, bytes);

    /// <summary>What one who sends has to keep up with from now on.</summary>
    public TransferPace ExpectSender(HttpContext context) => new(time, context.RequestAborted);

    /// <summary>Writes a body whose headers are set, and breaks off where its client hardly reads.</summary>
    public async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        using var pace = new TransferPace(time, context.RequestAborted);
        pace.Allow(body.Length);
        try
        {
            await context.Response.Body.WriteAsync(body, pace.Token);
        }
        catch (OperationCanceledException) when (pace.IsLate)
        {
            context.Abort();
        }
    }

    public void Dispose() => meter.Dispose();

    private static Credit Take(Budget budget, long bytes) =>
        budget.TryAcquire(bytes) ? new Credit(budget, bytes) : throw new TransfersBusyException(budget.Name, RetryAfter);

    private IEnumerable<Measurement<long>> Measure() =>
    [
        new(uploads.InUse, new KeyValuePair<string, object?>("direction", "in")),
        new(downloads.InUse, new KeyValuePair<string, object?>("direction", "out")),
    ];

    private sealed class Credit(Budget budget, long bytes) : IDisposable
    {
        public void Dispose() => budget.Release(bytes);
    }
}
