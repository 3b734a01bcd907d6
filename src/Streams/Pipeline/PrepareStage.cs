using System.Threading.Channels;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Decodes pictures and tokenises on several threads, within the budget of decoded bytes: estimated before, by the largest picture seen so far, and settled
/// after. Its threads wait for nothing but that budget, whose holders, at the device, wait for nobody here.
/// </summary>
internal sealed class PrepareStage(PipelineContext context, IDocumentPreparer preparer, EncodeStage encode)
{
    private long bytesPerImage = context.Options.InitialPixelBytesPerImage;

    public async Task RunAsync(ChannelReader<InFlightRecord> input)
    {
        while (await input.WaitToReadAsync(context.Aborted).ConfigureAwait(false))
        {
            while (input.TryRead(out var record))
            {
                if (record.Lane.IsClosed)
                    record.Lane.Drop(record);
                else
                    await PrepareAsync(record).ConfigureAwait(false);
            }
        }
    }

    private async Task PrepareAsync(InFlightRecord record)
    {
        var document = ((DecodedDocument)record.Decoded!).Document;
        var images = document.Parts.Count(static part => part is ImagePart);
        var credit = await TakeCreditAsync(images * Interlocked.Read(ref bytesPerImage)).ConfigureAwait(false);
        var clock = context.Clock(PipelineStage.Prepare);
        var entered = clock.Enter();
        using var span = record.EnterStage(PipelineStage.Prepare);
        // On a thread of its own, so that one that never comes back costs a thread and not the stage.
        record.BeginWork(context.Diary);
        var work = Task.Run(() => preparer.Prepare(document, record.Lane.Closing));
        using var limit = new WorkingTimeLimit(context.Options.RecordTimeout, context.Time);
        try
        {
            var prepared = await WaitAsync(work, limit.Over).ConfigureAwait(false);
            record.EndWork(context.Diary);
            credit.Settle(prepared.PixelBytes);
            VectorCredit.Settle(context, record, prepared.Parts.Count);
            Learn(prepared.PixelBytes, images);
            span?.SetTag("uvlm.document.pictures", images);
            // Before the record goes on: its own span may end before this thread comes back.
            span?.Dispose();
            encode.Start(record, prepared, credit);
        }
        catch (OperationCanceledException) when (!work.IsCompleted && !context.Aborted.IsCancellationRequested)
        {
            Abandon(work, credit);
            context.Refuse(record, PipelineStage.Prepare, new StuckRecordException("preparation", context.Options.RecordTimeout));
        }
        catch (OperationCanceledException) when (context.Aborted.IsCancellationRequested)
        {
            Abandon(work, credit);
            record.Lane.Drop(record);
        }
        catch (Exception e)
        {
            credit.Dispose();
            context.Refuse(record, PipelineStage.Prepare, e);
        }
        finally
        {
            clock.Exit(entered);
        }
    }

    private async Task<PreparedDocument> WaitAsync(Task<PreparedDocument> work, CancellationToken over)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, context.Aborted);
        try
        {
            return await work.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (work.IsCompleted && !context.Aborted.IsCancellationRequested)
        {
            // In the last moment, with whatever came of it.
            return await work.ConfigureAwait(false);
        }
    }

    /// <summary>A text doesn't wait behind pictures.</summary>
    private async ValueTask<PixelCredit> TakeCreditAsync(long estimate)
    {
        if (estimate > 0)
            await context.PixelBytes.AcquireAsync(estimate, context.Aborted).ConfigureAwait(false);
        return new PixelCredit(context.PixelBytes, estimate);
    }

    /// <summary>The credit stays taken for as long as the memory is.</summary>
    private static void Abandon(Task<PreparedDocument> work, PixelCredit credit) => work.ContinueWith(
        ended =>
        {
            if (ended.IsCompletedSuccessfully)
                ended.Result.Dispose();
            _ = ended.Exception;
            credit.Dispose();
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private void Learn(long bytes, int images)
    {
        if (images == 0)
            return;
        // Falls slowly and rises at once: too low an estimate is what hurts.
        var known = Interlocked.Read(ref bytesPerImage);
        var seen = bytes / images;
        Interlocked.Exchange(ref bytesPerImage, Math.Max(seen, known - (known / 16)));
    }
}
