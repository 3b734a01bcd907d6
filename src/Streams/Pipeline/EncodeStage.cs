using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Hands documents to the device and waits for them, as many at a time as there are records in flight: forming batches and bounding its queue
/// by tokens is the device's work.
/// </summary>
internal sealed class EncodeStage
{
    /// <summary>Looks that were left out in a row: the process stood still.</summary>
    private const int MissedLooks = 10;

    private readonly PipelineContext context;
    private readonly IDeviceClient device;
    private readonly TimeSpan interval;
    private readonly EncodeWatchdog watchdog;

    public EncodeStage(PipelineContext context, IDeviceClient device)
    {
        (this.context, this.device) = (context, device);
        interval = TimeSpan.FromTicks(Math.Clamp(context.Options.RecordTimeout.Ticks / 8, TimeSpan.TicksPerMillisecond * 5, TimeSpan.TicksPerSecond));
        watchdog = new EncodeWatchdog(context.Time, MissedLooks * interval);
    }

    /// <summary>Looks after documents that the device doesn't come back with.</summary>
    public async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(interval, context.Time);
        while (await timer.WaitForNextTickAsync(context.Aborted).ConfigureAwait(false))
        {
            if (!device.HasDevice)
            {
                watchdog.Rest();
                continue;
            }

            watchdog.Check();
            if (watchdog.StuckInRow >= context.Options.StuckRecordsBeforeStop)
                throw new StuckRecordException("the device for " + watchdog.StuckInRow + " records in a row", context.Options.RecordTimeout);
        }
    }

    /// <summary>Takes over the document and its credit, and returns once the device has it in its queue.</summary>
    public void Start(InFlightRecord record, PreparedDocument prepared, PixelCredit credit) =>
        _ = context.SuperviseAsync("encoding", () => EncodeAsync(record, prepared, credit));

    private async Task EncodeAsync(InFlightRecord record, PreparedDocument prepared, PixelCredit credit)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, record.Lane.Closing);
        var timeout = context.Options.RecordTimeout * Math.Max(1, (double)prepared.TokenCount / context.Options.RecordTimeoutTokens);
        // First: whoever sees it in this stage may count on its being watched.
        var ward = watchdog.Watch(cancellation, timeout);
        var clock = context.Clock(PipelineStage.Encode);
        var entered = clock.Enter();
        using var span = record.EnterStage(PipelineStage.Encode);
        span?.SetTag("gen_ai.operation.name", "embeddings");
        span?.SetTag("gen_ai.usage.input_tokens", prepared.TokenCount);
        Task<SequenceEmbedding>? work = null;
        // In the device's queue it does nothing to anybody.
        prepared.EncodingBegins = () => record.BeginWork(context.Diary);
        try
        {
            var backoff = context.NewBackoff();
            while (true)
            {
                try
                {
                    work = device.EncodeAsync(prepared, EncodePriority.Ingest, cancellation.Token);
                    var embedding = await work.WaitAsync(cancellation.Token).ConfigureAwait(false);
                    watchdog.Release(ward, succeeded: true);
                    // Before the record goes on: its own span may end before this thread comes back.
                    span?.Dispose();
                    record.Lane.Complete(record, CompareStage.Upsert(record, embedding));
                    return;
                }
                catch (Exception e) when (!cancellation.IsCancellationRequested && MayRetry(e, backoff))
                {
                    StreamsLog.DeviceRetry(context.Logger, backoff.Attempts + 1, e);
                }

                await backoff.WaitAsync(cancellation.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ward.IsStuck)
        {
            context.Refuse(record, PipelineStage.Encode, new StuckRecordException("the device", timeout));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            record.Lane.Drop(record);
        }
        catch (Exception e) when (FailurePolicy.Decide(PipelineStage.Encode, e) == FailureDirective.DeadLetter)
        {
            context.Refuse(record, PipelineStage.Encode, e);
        }
        finally
        {
            watchdog.Release(ward, succeeded: false);
            clock.Exit(entered);
            Free(work, record, prepared, credit);
        }
    }

    private bool MayRetry(Exception failure, Backoff backoff) => FailurePolicy.Decide(PipelineStage.Encode, failure) switch
    {
        FailureDirective.Retry => true,
        FailureDirective.RetryThenStop => backoff.Attempts + 1 < context.Options.DeviceAttempts,
        _ => false,
    };

    /// <summary>The device may go on reading a document that nobody waits for: its buffers and their credit go back when it has let go.</summary>
    private void Free(Task<SequenceEmbedding>? work, InFlightRecord record, PreparedDocument prepared, PixelCredit credit)
    {
        if (work is { IsCompleted: false })
        {
            work.ContinueWith(
                ended =>
                {
                    _ = ended.Exception;
                    record.EndWork(context.Diary);
                    prepared.Dispose();
                    credit.Dispose();
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return;
        }

        record.EndWork(context.Diary);
        prepared.Dispose();
        credit.Dispose();
    }
}
