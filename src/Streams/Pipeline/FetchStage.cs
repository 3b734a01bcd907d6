using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Brings the pictures of documents that name them by blob or by address. Such a record leaves the row between decoding and comparison, so a host that takes
/// its time holds up nobody else, and holds no decoded picture meanwhile. The bytes are charged before they come, at the most they can be, and for as long as the
/// record is in flight.
/// </summary>
internal sealed class FetchStage(PipelineContext context, RemotePictures? remote)
{
    /// <summary>
    /// Called in the order of admission, and that is the order in which records get their credit: whoever holds some waits only for earlier records, which
    /// have theirs, so no one waits in a circle.
    /// </summary>
    /// <param name="next">What to do with the record when it is a <see cref="DecodedDocument"/>.</param>
    public void Start(InFlightRecord record, Func<Task> next)
    {
        if (remote is null)
            throw new InvalidOperationException($"{record.Lane.Lease.Partition}@{record.Offset} names pictures elsewhere, and the pipeline was given no way to them.");
        var document = ((UnresolvedDocument)record.Decoded!).Document;
        var pictures = document.Parts.OfType<ImagePart>().ToList();
        var missing = pictures.Count(static p => p.Source is BlobImage or UrlImage);
        // Of two kinds, so that a slow host doesn't stand before the uploads.
        var budget = pictures.Any(static p => p.Source is UrlImage) ? context.FetchedBytes : context.BlobBytes;
        var most = Math.Min(missing * (long)remote.Limits.MaxImageBytes, remote.Limits.MaxDocumentBytes);
        var granted = budget.AcquireAsync(most, record.Lane.Closing);
        _ = context.SuperviseAsync("fetch", () => Task.Run(async () =>
        {
            if (await FetchAsync(record, document, granted, new PixelCredit(budget, most), remote).ConfigureAwait(false))
                await next().ConfigureAwait(false);
        }));
    }

    private async Task<bool> FetchAsync(InFlightRecord record, InterleavedDocument document, ValueTask granted, PixelCredit credit, RemotePictures from)
    {
        var clock = context.Clock(PipelineStage.Fetch);
        long? entered = null;
        using var span = record.EnterStage(PipelineStage.Fetch);
        try
        {
            await granted.ConfigureAwait(false);
            record.Pictures = credit;
            entered = clock.Enter();
            var parts = new PictureParts(document, from.Limits);
            await ReadBlobsAsync(record, document.Tenant, parts, from).ConfigureAwait(false);
            await FetchUrlsAsync(record, parts, from).ConfigureAwait(false);
            record.Decoded = DecodedDocument.From(parts.ToDocument());
            credit.Settle(parts.Added);
            return true;
        }
        catch (Exception e)
        {
            record.Pictures?.Settle(0);
            context.Refuse(record, PipelineStage.Fetch, e);
            return false;
        }
        finally
        {
            if (entered is { } since)
                clock.Exit(since);
        }
    }

    private async Task ReadBlobsAsync(InFlightRecord record, string tenant, PictureParts parts, RemotePictures from)
    {
        var named = parts.Sources<BlobImage>().ToLookup(static p => p.Source.Sha256, static p => p.Index, StringComparer.OrdinalIgnoreCase);
        if (named.Count == 0)
            return;
        var found = await context.AskStoreAsync(
            "find pictures", PipelineStage.Fetch, token => from.Blobs.FindAsync(tenant, [.. named.Select(static n => n.Key)], token), record.Lane.Closing).ConfigureAwait(false);
        // All sizes before any bytes: a document may name a large picture many times.
        foreach (var (index, source) in parts.Sources<BlobImage>())
            parts.Expect(index, found.TryGetValue(source.Sha256, out var blob) ? blob.Bytes : throw NotThere(index));
        foreach (var places in named)
        {
            var bytes = await context.AskStoreAsync(
                "read a picture", PipelineStage.Fetch, token => from.Blobs.ReadAsync(tenant, places.Key, token), record.Lane.Closing).ConfigureAwait(false);
            foreach (var index in places)
                parts.Put(index, DocumentValidator.ValidatePicture($"parts[{index}].blob", bytes ?? throw NotThere(index), from.Limits));
        }
    }

    private async Task FetchUrlsAsync(InFlightRecord record, PictureParts parts, RemotePictures from)
    {
        var pending = parts.Sources<UrlImage>().ToList();
        if (pending.Count == 0)
            return;
        using var limit = new WorkingTimeLimit(context.Options.RecordTimeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Over, record.Lane.Closing);
        var fetched = new Dictionary<Uri, InlineImage>();
        foreach (var (index, source) in pending)
        {
            var field = $"parts[{index}].url";
            if (from.Fetcher is null)
                throw new DocumentRejectedException(field, "names an address, and fetching is off", "Send the picture itself as base64 in data.");
            try
            {
                if (!fetched.TryGetValue(source.Url, out var image))
                    fetched[source.Url] = image = await from.Fetcher.FetchAsync(field, source.Url, either.Token).ConfigureAwait(false);
                parts.Expect(index, image.Data.Length);
                parts.Put(index, image);
            }
            catch (OperationCanceledException e) when (limit.Over.IsCancellationRequested && !record.Lane.IsClosed)
            {
                throw new DocumentRejectedException(
                    field, $"was still to be fetched when the document's {context.Options.RecordTimeout.TotalSeconds:0.###} s were over", "Send it again later, with fewer pictures by url.", e);
            }
        }
    }

    private static DocumentRejectedException NotThere(int index) => new(
        $"parts[{index}].blob", "names no picture that the tenant has uploaded", "Upload it first (POST /v1/blobs) and send the document when that has answered.");
}
