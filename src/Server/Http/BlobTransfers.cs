using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Http;

/// <summary>
/// Bounds the pictures that are in memory because someone uploads or downloads them, and the documents and dead letters that someone reads. Nobody waits: who finds no
/// room is told to come back.
/// </summary>
internal sealed class BlobTransfers : IDisposable
{
    /// <summary>Bytes in either direction, unless a limit of the process' memory says less.</summary>
    public const long DefaultCapacity = 128L << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // What is on its way is held in memory, so someone who hardly sends, or hardly reads, must not hold the room of others.
    private static readonly MinDataRate SlowestClient = new(bytesPerSecond: 16 << 10, gracePeriod: TimeSpan.FromSeconds(10));

    private readonly Budget uploads;
    private readonly Budget downloads;
    private readonly Meter meter = new("UnifiedVlm.Server");

    /// <param name="capacity">Bytes in either direction.</param>
    public BlobTransfers(long capacity = DefaultCapacity)
    {
        uploads = new Budget("uploaded bytes", capacity);
        downloads = new Budget("downloaded bytes", capacity);
        meter.CreateObservableGauge("uvlm.blobs.in_flight", Measure, "By", "Bytes of pictures that are being uploaded or downloaded, and of documents and dead letters that are being read.");
    }

    /// <returns>Disposed when the bytes are not held any more.</returns>
    /// <exception cref="TransfersBusyException">There is no room.</exception>
    public IDisposable Upload(long bytes) => Take(uploads, bytes);

    /// <inheritdoc cref="Upload"/>
    public IDisposable Download(long bytes) => Take(downloads, bytes);

    /// <summary>Ends the request of one who hardly sends.</summary>
    public static void ExpectSender(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = SlowestClient;
    }

    /// <summary>Ends the reply to one who hardly reads.</summary>
    public static void ExpectReader(HttpContext context)
    {
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = SlowestClient;
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
