using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Generations.Filling;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Indexing;

/// <summary>
/// Encodes what a generation lacks, at ingestion's priority, and brings it in: the next documents are encoded while the last ones are written. At any time it holds two
/// pages of the filler, <see cref="InWork"/> documents of one of them prepared.
/// </summary>
/// <param name="pictureBytes">What a picture takes once decoded.</param>
/// <param name="pixels">Of decoded pictures; when full, documents with pictures wait.</param>
/// <param name="rate">Documents a second; 0 for as many as go.</param>
internal sealed class IndexFill(GenerationFiller filler, IDocumentPreparer preparer, IDeviceClient device, long pictureBytes, Budget pixels, int rate, TimeProvider time)
{
    private const int PageDocuments = 256;

    /// <summary>Enough for the device to fill its batches from.</summary>
    private const int InWork = 32;

    private readonly Pace pace = new(rate, time);
    private long written;

    /// <summary>Documents that have vectors now and had none before.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Once through what is pending; documents that change meanwhile stay for the next time.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var writing = Task.CompletedTask;
        try
        {
            while (await filler.NextAsync(rate == 0 ? PageDocuments : Math.Min(rate, PageDocuments), cancellationToken) is { Count: > 0 } page)
            {
                var encoded = await EncodeAsync(page, cancellationToken);
                await writing;
                writing = WriteAsync(encoded, cancellationToken);
                await pace.WaitAsync(page.Count, cancellationToken);
            }
        }
        finally
        {
            await writing;
        }
    }

    private async Task WriteAsync(FilledDocument[] encoded, CancellationToken cancellationToken)
        => Interlocked.Add(ref written, await filler.WriteAsync(encoded, cancellationToken));

    private async Task<FilledDocument[]> EncodeAsync(IReadOnlyList<PendingDocument> page, CancellationToken cancellationToken)
    {
        var filled = new FilledDocument[page.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = InWork, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, page.Count), options, async (i, token) => filled[i] = await EncodeAsync(page[i], token));
        return filled;
    }

    private async Task<FilledDocument> EncodeAsync(PendingDocument pending, CancellationToken cancellationToken)
    {
        if (pending.Document is not { } document)
            return new FilledDocument(pending, null, pending.Problem);
        var bytes = document.Parts.Count(static part => part is ImagePart) * pictureBytes;
        // A text doesn't wait behind pictures.
        if (bytes > 0)
            await pixels.AcquireAsync(bytes, cancellationToken);
        try
        {
            using var prepared = Prepare(document, cancellationToken);
            return new FilledDocument(pending, await device.EncodeAsync(prepared, EncodePriority.Ingest, cancellationToken), null);
        }
        catch (Exception problem) when (problem is DocumentRejectedException or DeviceFailedException)
        {
            return new FilledDocument(pending, null, problem.Message);
        }
        finally
        {
            if (bytes > 0)
                pixels.Release(bytes);
        }
    }

    /// <summary>As in ingestion, whatever fails here but for want of memory is the document's fault.</summary>
    private PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken)
    {
        try
        {
            return preparer.Prepare(document, cancellationToken);
        }
        catch (Exception problem) when (problem is not (DocumentRejectedException or OperationCanceledException or OutOfMemoryException or InvalidProgramException or DllNotFoundException))
        {
            throw new DocumentRejectedException("parts", $"can't be prepared: {problem.Message}", "Send the document again without what is wrong with it.", problem);
        }
    }
}
