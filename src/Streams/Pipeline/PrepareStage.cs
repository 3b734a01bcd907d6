using System.Threading.Channels;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Decodes pictures and tokenises on several threads, within the budgets of vectors and of decoded bytes: estimated before (pictures by the largest
/// seen so far), settled after.
/// </summary>
internal sealed class PrepareStage(PipelineContext context, IDocumentPreparer preparer, EncodeStage encode) : IDisposable
{
    /// <summary>UTF-16 code units that make at least one part of a text's own, roughly.</summary>
    private const int CharactersPerPart = 256;

    private readonly SemaphoreSlim turn = new(1);
    private long bytesPerImage = context.Options.InitialPixelBytesPerImage;

    public async Task RunAsync(ChannelReader<InFlightRecord> input)
    {
        while (await TakeAsync(input).ConfigureAwait(false) is { } record)
        {
            if (record.Lane.IsClosed)
                record.Lane.Drop(record);
            else
                await PrepareAsync(record).ConfigureAwait(false);
        }
    }

    public void Dispose() => turn.Dispose();

    /// <summary>
    /// The next record with its credit for vectors, which it holds until it is written. Credits are asked for in the order of admission, so those who
    /// hold them never wait for one who doesn't: everything before it in its partition has its own already.
    /// </summary>
    private async Task<InFlightRecord?> TakeAsync(ChannelReader<InFlightRecord> input)
    {
        InFlightRecord? record;
        ValueTask credit;
        long amount;
        await turn.WaitAsync(context.Aborted).ConfigureAwait(false);
        try
        {
            do
            {
                if (!await input.WaitToReadAsync(context.Aborted).ConfigureAwait(false))
                    return null;
            }
            while (!input.TryRead(out record));
            amount = VectorBytes(((DecodedDocument)record.Decoded!).Document.Parts.Sum(
                static part => 1L + (part is TextPart text ? text.Text.Length / CharactersPerPart : 0)));
            credit = TakeVectorCreditAsync(record, amount);
        }
        finally
        {
            turn.Release();
        }

        await credit.ConfigureAwait(false);
        record.VectorBytes += amount;
        return record;
    }

    private ValueTask TakeVectorCreditAsync(InFlightRecord record, long amount)
    {
        if (record.Redoing is null)
            return context.VectorBytes.AcquireAsync(amount, context.Aborted);
        // The writer waits for this one, in its place.
        context.VectorBytes.Charge(amount);
        return ValueTask.CompletedTask;
    }

    private long VectorBytes(long parts) => (parts + 1) * context.Options.VectorBytesPerPart;

    private void SettleVectors(InFlightRecord record, PreparedDocument prepared)
    {
        var actual = VectorBytes(prepared.Parts.Count);
        if (actual > record.VectorBytes)
            context.VectorBytes.Charge(actual - record.VectorBytes);
        else
            context.VectorBytes.Release(record.VectorBytes - actual);
        record.VectorBytes = actual;
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
        try
        {
            var prepared = await work.WaitAsync(context.Options.RecordTimeout, context.Time, context.Aborted).ConfigureAwait(false);
            record.EndWork(context.Diary);
            credit.Settle(prepared.PixelBytes);
            SettleVectors(record, prepared);
            Learn(prepared.PixelBytes, images);
            span?.SetTag("uvlm.document.pictures", images);
            encode.Start(record, prepared, credit);
        }
        catch (TimeoutException) when (!work.IsFaulted)
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
