using System.Globalization;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Memory for the decoded pictures of all questions together, taken before a picture is decoded: a device counts tokens, and decoded pictures are large where files and tokens
/// are small. Thread-safe.
/// </summary>
internal sealed class PictureRoom(QueryOptions options, TimeProvider time)
{
    private const double Mega = 1 << 20;

    private readonly CreditPool pool = new(options.PixelBudget);

    /// <summary>Bytes taken now.</summary>
    public long InUse => pool.Used;

    /// <exception cref="DocumentRejectedException">The pictures of this one alone take more than there is.</exception>
    public void Check(InterleavedDocument document) => BytesOf("parts", document.Parts);

    /// <summary>Takes what the document's pictures need, or waits for it, for as long as a search may take. Text waits for nobody.</summary>
    /// <exception cref="DocumentRejectedException">They take more than there is.</exception>
    /// <exception cref="DeviceBusyException">There was no room before the wait ended.</exception>
    public ValueTask<Share> TakeAsync(InterleavedDocument document, CancellationToken cancellationToken) => TakeAsync("parts", document.Parts, cancellationToken);

    /// <inheritdoc cref="TakeAsync(InterleavedDocument, CancellationToken)"/>
    /// <param name="field">What has the parts, for messages.</param>
    public async ValueTask<Share> TakeAsync(string field, IEnumerable<DocumentPart> parts, CancellationToken cancellationToken)
    {
        var bytes = BytesOf(field, parts);
        if (bytes > 0 && !pool.TryAcquire(bytes))
            await WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new Share(pool, bytes);
    }

    /// <summary>
    /// The evidence without the pictures that have no room beside the question's, the last ones: nobody who asks has sent them, so they are no reason to refuse. A document that
    /// is left with nothing stays in its place, for its caller to leave out.
    /// </summary>
    public InterleavedDocument[] Fit(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence)
    {
        var left = (pool.Capacity / options.PictureBytes) - question.Parts.Count(IsPicture);
        var fitting = new InterleavedDocument[evidence.Count];
        for (var i = 0; i < fitting.Length; i++)
        {
            var room = left;
            left -= evidence[i].Parts.Count(IsPicture);
            fitting[i] = left >= 0 ? evidence[i] : evidence[i] with { Parts = [.. evidence[i].Parts.Where(part => !IsPicture(part) || room-- > 0)] };
        }

        return fitting;
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
            throw new DeviceBusyException("The pictures of questions under way take all the memory there is for them. Try again later.", TimeSpan.FromSeconds(1));
        }
    }

    private long BytesOf(string field, IEnumerable<DocumentPart> parts)
    {
        var pictures = parts.Count(IsPicture);
        var bytes = pictures * options.PictureBytes;
        if (bytes <= pool.Capacity)
            return bytes;
        throw new DocumentRejectedException(
            field,
            string.Create(CultureInfo.InvariantCulture, $"have {pictures} pictures, which take {bytes / Mega:0.#} MB once decoded; there are {pool.Capacity / Mega:0.#} MB for those of questions"),
            string.Create(CultureInfo.InvariantCulture, $"Send up to {pool.Capacity / options.PictureBytes} at a time."));
    }

    private static bool IsPicture(DocumentPart part) => part is ImagePart;

    /// <summary>What was taken; disposing gives it back, once.</summary>
    public sealed class Share(CreditPool pool, long bytes) : IDisposable
    {
        private long bytes = bytes;

        public void Dispose() => pool.Release(Interlocked.Exchange(ref bytes, 0));
    }
}
