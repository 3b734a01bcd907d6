using System.Globalization;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Memory for the decoded pictures of all questions together, taken before a picture is decoded: a device counts tokens, and decoded pictures are large where files and tokens
/// are small. Thread-safe.
/// </summary>
/// <param name="refused">Called for each question that found no room in time.</param>
internal sealed class PictureRoom(QueryOptions options, Action refused, TimeProvider time)
{
    private const double Mega = 1 << 20;

    private readonly CreditPool pool = new(options.PixelBudget);

    /// <summary>Bytes taken now.</summary>
    public long InUse => pool.Used;

    /// <exception cref="DocumentRejectedException">The pictures of this one alone take more than there is.</exception>
    public void Check(InterleavedDocument document) => BytesOf(document);

    /// <summary>Takes what the document's pictures need, or waits for it, for as long as a search may take. Text waits for nobody.</summary>
    /// <exception cref="DocumentRejectedException">They take more than there is.</exception>
    /// <exception cref="DeviceBusyException">There was no room before the wait ended.</exception>
    public async ValueTask<Share> TakeAsync(InterleavedDocument document, CancellationToken cancellationToken)
    {
        var bytes = BytesOf(document);
        if (bytes > 0 && !pool.TryAcquire(bytes))
            await WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new Share(pool, bytes);
    }

    private async Task WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.SearchTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            await pool.AcquireAsync(bytes, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The request's own time may be what ended: to its sender that is the same, for a lack of room and not for slowness.
            refused();
            throw new DeviceBusyException("The pictures of questions under way take all the memory there is for them. Try again later.", TimeSpan.FromSeconds(1));
        }
    }

    private long BytesOf(InterleavedDocument document)
    {
        var pictures = document.Parts.Count(static part => part is ImagePart);
        var bytes = pictures * options.PictureBytes;
        if (bytes <= pool.Capacity)
            return bytes;
        throw new DocumentRejectedException(
            "parts",
            string.Create(CultureInfo.InvariantCulture, $"have {pictures} pictures, which take {bytes / Mega:0.#} MB once decoded; there are {pool.Capacity / Mega:0.#} MB for those of questions"),
            string.Create(CultureInfo.InvariantCulture, $"Send up to {pool.Capacity / options.PictureBytes} at a time."));
    }

    /// <summary>What was taken; disposing gives it back.</summary>
    public readonly struct Share(CreditPool pool, long bytes) : IDisposable
    {
        public void Dispose() => pool.Release(bytes);
    }
}
