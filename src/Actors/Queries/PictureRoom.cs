using System.Globalization;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>
/// Memory for the pictures of all questions together. For decoded ones it is taken before a picture is decoded: a device counts tokens, and decoded pictures are large where files
/// and tokens are small. For the files of evidence it is taken before they are read. Thread-safe.
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
    /// <param name="fileBytes">Of files that are read beside them, at most what <see cref="Fit"/> has found room for. At once with the rest: who waited for it with a share in hand could wait for ever.</param>
    public async ValueTask<Share> TakeAsync(string field, IEnumerable<DocumentPart> parts, CancellationToken cancellationToken, long fileBytes = 0)
    {
        var bytes = BytesOf(field, parts) + fileBytes;
        if (bytes > 0 && !pool.TryAcquire(bytes))
            await WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        return new Share(pool, bytes);
    }

    /// <summary>
    /// The evidence without the pictures that are gone, and without those that have no room, file and decoded, beside the question's and the ones before them: nobody who asks has
    /// sent them, so they are no reason to refuse. A document that is left with nothing stays in its place, for its caller to leave out.
    /// </summary>
    /// <param name="files">Bytes of the pictures' files by hash; one that is not there is gone.</param>
    /// <returns>With it the bytes of its files, each counted once, and whether all that are there have room.</returns>
    public (InterleavedDocument[] Evidence, long FileBytes, bool IsWhole) Fit(
        InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, IReadOnlyDictionary<string, long> files)
    {
        var left = pool.Capacity - (question.Parts.Count(IsPicture) * options.PictureBytes);
        var counted = new HashSet<string>(StringComparer.Ordinal);
        var fileBytes = 0L;
        var isWhole = true;
        var fitting = new InterleavedDocument[evidence.Count];
        for (var i = 0; i < fitting.Length; i++)
            fitting[i] = evidence[i] with { Parts = [.. evidence[i].Parts.Where(Fits)] };
        return (fitting, fileBytes, isWhole);

        bool Fits(DocumentPart part)
        {
            if (part is not ImagePart { Source: BlobImage picture })
                return true;
            if (!files.TryGetValue(picture.Sha256, out var file))
                return false;
            if (counted.Contains(picture.Sha256))
                file = 0;
            if (options.PictureBytes + file > left)
            {
                isWhole = false;
                return false;
            }

            counted.Add(picture.Sha256);
            fileBytes += file;
            left -= options.PictureBytes + file;
            return true;
        }
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

        /// <summary>Gives a part of it back before the rest.</summary>
        public void GiveBack(long part)
        {
            Interlocked.Add(ref bytes, -part);
            pool.Release(part);
        }

        public void Dispose() => pool.Release(Interlocked.Exchange(ref bytes, 0));
    }
}
