using System.Diagnostics;
using System.Threading.Channels;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// Writes what the lanes have ready: one transaction per contiguous range of one partition, batched by count, bytes and time. One loop a
/// lane, a few transactions at a time over all of them.
/// </summary>
internal sealed class StoreWriter(PipelineContext context, ChannelWriter<InFlightRecord> prepare) : IDisposable
{
    private readonly SemaphoreSlim slots = new(context.Options.ParallelWrites);

    /// <summary>Transactions under way.</summary>
    public QueueStatus Status => new("transactions", context.Options.ParallelWrites - slots.CurrentCount, context.Options.ParallelWrites);

    /// <summary>Writes one lane until it is closed.</summary>
    public async Task RunAsync(PartitionLane lane)
    {
        var batch = new WriteBatch(lane, context);
        try
        {
            while (await batch.FillAsync().ConfigureAwait(false))
            {
                await slots.WaitAsync(context.Aborted).ConfigureAwait(false);
                try
                {
                    await WriteAsync(lane, batch.Records).ConfigureAwait(false);
                }
                finally
                {
                    slots.Release();
                }

                batch.Clear();
            }
        }
        catch (FencedException e)
        {
            StreamsLog.Fenced(context.Logger, lane.Lease.Partition.Topic, lane.Lease.Partition.Partition, e.Message);
            lane.Close(PartitionEnd.Fenced);
        }
        catch (OperationCanceledException) when (lane.IsClosed)
        {
            // Closed while waiting to try again: what it held is dropped below, like everything else that was not being written.
        }
        finally
        {
            lane.Close(PartitionEnd.Stopped);
            batch.DropRest();
        }
    }

    public void Dispose() => slots.Dispose();

    /// <summary>Writes the records as one range, or as several when one of them makes the store refuse.</summary>
    private async Task WriteAsync(PartitionLane lane, IReadOnlyList<InFlightRecord> records)
    {
        var backoff = context.NewBackoff();
        using var span = BeginCommit(lane, records);
        while (lane.TryBeginWrite())
        {
            FailureDirective directive;
            Exception failure;
            try
            {
                await WriteOnceAsync(lane, records, span).ConfigureAwait(false);
                return;
            }
            catch (Exception e)
            {
                failure = e;
                directive = FailurePolicy.Decide(PipelineStage.Write, e);
                if (context.Aborted.IsCancellationRequested || directive is FailureDirective.DropPartition or FailureDirective.StopNode)
                    throw;
            }

            if (failure is EmbeddingMissingException missing)
            {
                await EncodeAfterAllAsync(records, missing.Offsets).ConfigureAwait(false);
                continue;
            }

            if (directive == FailureDirective.Bisect)
            {
                if (await BisectAsync(lane, records, failure).ConfigureAwait(false))
                    return;
                continue;
            }

            span?.SetTag("uvlm.commit.retries", backoff.Attempts + 1);
            context.Counters.WriteRetried();
            StreamsLog.StoreRetry(context.Logger, "write", backoff.Attempts + 1, failure);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(context.Aborted, lane.Closing);
            await backoff.WaitAsync(either.Token).ConfigureAwait(false);
        }
    }

    private static Activity? BeginCommit(PartitionLane lane, IReadOnlyList<InFlightRecord> records)
    {
        var span = RecordTrace.BeginShared("commit", records.Select(static record => record.Trace));
        span?.SetTag("messaging.destination.name", lane.Lease.Partition.Topic);
        span?.SetTag("messaging.batch.message_count", records.Count(static record => !record.IsGap));
        span?.SetTag("uvlm.lease.epoch", lane.Lease.Epoch);
        return span;
    }

    /// <param name="span">Ends with the transaction, before the records' own.</param>
    private async Task WriteOnceAsync(PartitionLane lane, IReadOnlyList<InFlightRecord> records, Activity? span)
    {
        var clock = context.Clock(PipelineStage.Write);
        var entered = clock.Enter();
        try
        {
            var first = lane.NextOffset ?? throw new InvalidOperationException($"Nothing of {lane.Lease.Partition} was to be read yet.");
            var next = records[^1].EndOffset;
            foreach (var record in records)
                record.BeginWork(context.Diary);
            RecordOutcome[] outcomes = [.. records.Where(static r => !r.IsGap).Select(static r => r.Outcome! with { Original = r.Source?.Original })];
            var summary = await context.Store.WriteAsync(lane.Lease, first, next, outcomes, context.Aborted).ConfigureAwait(false);
            span?.Dispose();
            lane.Advance(next);
            context.Counters.Written(summary);
            foreach (var record in records)
            {
                if (record.IsOnTrial)
                    await AcquitAsync(record).ConfigureAwait(false);
                lane.Release(record);
            }
        }
        finally
        {
            foreach (var record in records)
                record.EndWork(context.Diary);
            clock.Exit(entered, records.Count);
        }
    }

    private async Task AcquitAsync(InFlightRecord record)
    {
        try
        {
            await context.Store.AcquitAsync(record.Lane.Lease.Partition, record.Source!.Identity, context.Aborted).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The range is written: nothing that happens here may be taken for a failure of it.
            StreamsLog.AcquittalFailed(context.Logger, record.Lane.Lease.Partition.Topic, record.Lane.Lease.Partition.Partition, record.Offset, e);
        }
    }

    /// <summary>Another writer changed documents between the comparison and this write. Rare, so one after the other will do.</summary>
    private async Task EncodeAfterAllAsync(IReadOnlyList<InFlightRecord> records, IReadOnlyList<long> offsets)
    {
        foreach (var record in records.Where(record => offsets.Contains(record.Offset)))
        {
            record.Redoing = new TaskCompletionSource<RecordOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            await prepare.WriteAsync(record, context.Aborted).ConfigureAwait(false);
            record.Outcome = await record.Redoing.Task.WaitAsync(context.Aborted).ConfigureAwait(false);
            record.Redoing = null;
        }
    }

    /// <returns>False when a single record was made a dead letter and is to be written again as one.</returns>
    private async Task<bool> BisectAsync(PartitionLane lane, IReadOnlyList<InFlightRecord> records, Exception failure)
    {
        StreamsLog.Bisecting(context.Logger, records.Count, lane.Lease.Partition.Topic, lane.Lease.Partition.Partition, failure);
        if (records.Count > 1)
        {
            await WriteAsync(lane, [.. records.Take(records.Count / 2)]).ConfigureAwait(false);
            await WriteAsync(lane, [.. records.Skip(records.Count / 2)]).ConfigureAwait(false);
            return true;
        }

        // A dead letter that can't be stored either is no record's fault.
        if (records[0] is not { Source: { } source, Outcome: not DeadLetter } record)
            throw new PipelineStoppedException($"the store refuses the dead letter of {lane.Lease.Partition}@{records[0].Offset}", failure);
        record.Outcome = DeadLetters.From(source, record.Decoded, PipelineStage.Write, failure);
        return false;
    }
}
