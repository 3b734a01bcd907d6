using System.Diagnostics.Metrics;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Http;

/// <summary>Bounds the pictures that are in memory because someone uploads or downloads them. Nobody waits: who finds no room is told to come back.</summary>
internal sealed class BlobTransfers : IDisposable
{
    /// <summary>Bytes in either direction, unless a limit of the process' memory says less.</summary>
    public const long DefaultCapacity = 128L << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Budget uploads;
    private readonly Budget downloads;
    private readonly Meter meter = new("UnifiedVlm.Server");

    /// <param name="capacity">Bytes in either direction.</param>
    public BlobTransfers(long capacity = DefaultCapacity)
    {
        uploads = new Budget("uploaded bytes", capacity);
        downloads = new Budget("downloaded bytes", capacity);
        meter.CreateObservableGauge("uvlm.blobs.in_flight", Measure, "By", "Bytes of pictures that are being uploaded or downloaded.");
    }

    /// <returns>Disposed when the picture is not held any more.</returns>
    /// <exception cref="TransfersBusyException">There is no room.</exception>
    public IDisposable Upload(long bytes) => Take(uploads, bytes);

    /// <inheritdoc cref="Upload"/>
    public IDisposable Download(long bytes) => Take(downloads, bytes);

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
