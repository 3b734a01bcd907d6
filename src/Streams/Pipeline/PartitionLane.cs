using System.Threading.Channels;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Ordering;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// One partition under one lease, from its records' admission to their write. All credits but those for pictures are taken here, in offset
/// order and before anything else, so that the record everyone waits for always has its own.
/// </summary>
internal sealed class PartitionLane : IPartitionIntake
{
    private readonly Lock gate = new();
    private readonly PipelineContext context;
    private readonly ChannelWriter<InFlightRecord> admitted;
    private readonly Action<PartitionLane> started;
    private readonly OffsetReorderer<InFlightRecord> reorderer = new();
    private readonly Channel<InFlightRecord> ready;
    private readonly Budget window;
    private readonly Budget share;
    private readonly Admission admission;
    // Has neither timer nor wait handle, so there is nothing to dispose of; its token outlives the lane in late encodings.
    private readonly CancellationTokenSource closing = new();
    private readonly TaskCompletionSource<PartitionEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isOpen = true;
    private bool isPaused;
    private long? nextOffset;
    private long? endOffset;

    /// <param name="admitted">Where admitted records go; has room for every record the budget admits.</param>
    /// <param name="started">Called once, when reading begins: something has to write what becomes ready.</param>
    public PartitionLane(PipelineContext context, PartitionLease lease, ChannelWriter<InFlightRecord> admitted, Action<PartitionLane> started)
    {
        this.context = context;
        this.admitted = admitted;
        this.started = started;
        Lease = lease;
        var options = context.Options;
        window = new Budget("partition records", Math.Min(options.MaxRecordsInFlightPerPartition, options.MaxRecordsInFlight), options.ResumeAt);
        share = new Budget("partition bytes", Math.Max(1, options.MaxRawBytes / 2), options.ResumeAt);
        admission = new Admission([window, context.Records], [share, context.RawBytes]);
        // One more for a lost range, which is charged and not asked.
        ready = Channel.CreateBounded<InFlightRecord>(new BoundedChannelOptions((int)window.Capacity + 1) { SingleReader = true });
    }

    public PartitionLease Lease { get; }

    /// <summary>Cancelled when the lane is closed.</summary>
    public CancellationToken Closing => closing.Token;

    public bool IsClosed => closing.IsCancellationRequested;

    public Task<PartitionEnd> Ended => ended.Task;

    /// <summary>Outcomes in the order of their offsets, for the writer.</summary>
    public ChannelReader<InFlightRecord> Ready => ready.Reader;

    public long InFlight => window.InUse;

    public long? NextOffset
    {
        get
        {
            lock (gate)
                return nextOffset;
        }
    }

    public void StartAt(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        InFlightRecord? lost = null;
        lock (gate)
        {
            if (nextOffset is not null)
                throw new InvalidOperationException($"Reading of {Lease.Partition} has begun at {nextOffset}.");
            if (offset < Lease.NextOffset)
                throw new ArgumentOutOfRangeException(nameof(offset), offset, $"The store already has everything before {Lease.NextOffset}.");
            var position = Lease.NextOffset ?? offset;
            nextOffset = position;
            if (position < offset && isOpen)
            {
                lost = new InFlightRecord(this, null, position, offset, 0);
                reorderer.Register(position);
                admission.Charge(0);
            }
        }

        started(this);
        if (lost is null)
            return;
        StreamsLog.RangeLost(context.Logger, Lease.Partition.Topic, Lease.Partition.Partition, lost.Offset, lost.EndOffset);
        context.Counters.LostRange();
        Complete(lost, DeadLetters.LostRange(Lease.Partition, lost.Offset, lost.EndOffset));
    }

    public ValueTask PostAsync(SourceRecord record, CancellationToken cancellationToken) =>
        IsClosed || context.IsDraining ? ValueTask.CompletedTask : AdmitAsync(Judge(record), cancellationToken);

    public ValueTask SkipAsync(long firstOffset, long nextOffset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(nextOffset, firstOffset);
        // Admitted like a record: what moves the position has a place in the window, or nothing would bound how many of them wait.
        return IsClosed || context.IsDraining
            ? ValueTask.CompletedTask
            : AdmitAsync(new InFlightRecord(this, null, firstOffset, nextOffset, 0) { IsGap = true }, cancellationToken);
    }

    public void ReportEnd(long endOffset)
    {
        lock (gate)
            this.endOffset = endOffset;
    }

    public Task DrainAsync(CancellationToken cancellationToken) => window.WhenEmptyAsync(cancellationToken);

    public void Revoke() => Close(PartitionEnd.Revoked);

    /// <summary>Takes an outcome. A closed lane drops it.</summary>
    public void Complete(InFlightRecord record, RecordOutcome outcome)
    {
        record.EndWork(context.Diary);
        if (record.Redoing is { } redoing)
        {
            redoing.TrySetResult(outcome);
            return;
        }

        record.Outcome = outcome;
        Finish(record);
    }

    /// <summary>Asks whether a write may begin. A lane that is closed afterwards lets it come to its end: the epoch decides then.</summary>
    public bool TryBeginWrite()
    {
        lock (gate)
            return isOpen;
    }

    /// <summary>Everything before <paramref name="next"/> is committed.</summary>
    public void Advance(long next)
    {
        lock (gate)
            nextOffset = next;
    }

    public void Close(PartitionEnd reason)
    {
        IReadOnlyList<InFlightRecord> finished;
        lock (gate)
        {
            if (!isOpen)
                return;
            isOpen = false;
            finished = reorderer.Abandon();
            ready.Writer.TryComplete();
        }

        // Not here: whoever closes may be a rebalance handler, and every encoding in flight is registered for it.
        _ = closing.CancelAsync();
        foreach (var record in finished)
        {
            context.Clock(PipelineStage.Reorder).Exit(record.FinishedAt);
            Drop(record);
        }

        ended.TrySetResult(reason);
    }

    /// <summary>Gives a record up: the partition's next owner will read it again.</summary>
    public void Drop(InFlightRecord record)
    {
        record.EndWork(context.Diary);
        if (record.TryRelease())
        {
            record.Trace?.Dropped();
            if (!record.IsGap)
                context.Counters.Dropped(1);
            GiveBack(record);
        }

        record.Redoing?.TrySetCanceled();
    }

    /// <summary>The record's outcome is committed.</summary>
    public void Release(InFlightRecord record)
    {
        if (!record.TryRelease())
            return;
        record.Trace?.Committed(record.Outcome);
        if (record.Source is not null)
            context.Messaging.Processed(Lease.Partition, record.Outcome, context.Time.GetElapsedTime(record.ReadAt));
        GiveBack(record);
    }

    public PartitionStatus Status()
    {
        lock (gate)
            return new PartitionStatus(Lease.Partition, Lease.Epoch, nextOffset, endOffset, window.InUse, share.InUse, reorderer.Held, ready.Reader.Count, isPaused);
    }

    /// <summary>Looks up whether processes died while they worked on the record.</summary>
    private InFlightRecord Judge(SourceRecord record)
    {
        var suspected = Lease.Suspects.TryGetValue(record.Identity, out var deaths);
        var guilty = deaths >= context.Options.DeathsBeforeDeadLetter;
        if (suspected && !guilty)
            StreamsLog.OnTrial(context.Logger, Lease.Partition.Topic, Lease.Partition.Partition, record.Offset, deaths);
        return new InFlightRecord(this, record, record.Offset, record.Offset + 1, record.Cost)
        {
            Trace = RecordTrace.Begin(record),
            ReadAt = context.Time.GetTimestamp(),
            IsOnTrial = suspected && !guilty,
            Killed = guilty ? new KilledProcessException(deaths) : null,
        };
    }

    private ValueTask AdmitAsync(InFlightRecord item, CancellationToken cancellationToken)
    {
        item.IsInside = context.Trials.TryEnter(item.IsOnTrial);
        if (!item.IsInside || !admission.TryAcquire(item.Cost))
            return new ValueTask(EnterLaterAsync(item, cancellationToken));
        Enter(item);
        return ValueTask.CompletedTask;
    }

    private void Enter(InFlightRecord item)
    {
        lock (gate)
        {
            isPaused = false;
            if (isOpen)
                reorderer.Register(item.Offset);
        }

        if (IsClosed)
        {
            Drop(item);
            return;
        }

        if (item.IsGap)
        {
            // Nothing is to be done for it but to wait for its turn.
            Finish(item);
            return;
        }

        context.Counters.Read(item.Cost);
        context.Messaging.Received(Lease.Partition);
        item.Trace?.Admitted();
        if (item.Killed is { } killed)
        {
            StreamsLog.DeadLettered(context.Logger, Lease.Partition.Topic, Lease.Partition.Partition, item.Offset, DeadLetters.CrashStage, killed.Message);
            Complete(item, DeadLetters.From(item.Source!, null, DeadLetters.CrashStage, killed));
            return;
        }

        if (!admitted.TryWrite(item) && !context.Aborted.IsCancellationRequested)
            throw new InvalidOperationException($"More records were admitted than the budget of {context.Records.Capacity} allows.");
    }

    /// <summary>Puts it into its place. A closed lane drops it, under the lock that also decides whether a write may begin.</summary>
    private void Finish(InFlightRecord record)
    {
        var clock = context.Clock(PipelineStage.Reorder);
        record.Trace?.Finished();
        record.FinishedAt = clock.Enter();
        lock (gate)
        {
            if (isOpen)
            {
                reorderer.Complete(record.Offset, record);
                while (reorderer.TryTake(out var next))
                {
                    clock.Exit(next.FinishedAt);
                    if (!ready.Writer.TryWrite(next))
                        throw new InvalidOperationException($"{Lease.Partition} has more records in flight than its window of {window.Capacity}.");
                }

                return;
            }
        }

        clock.Exit(record.FinishedAt);
        Drop(record);
    }

    private async Task EnterLaterAsync(InFlightRecord item, CancellationToken cancellationToken)
    {
        lock (gate)
            isPaused = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Closing);
        try
        {
            if (!item.IsInside)
                await context.Trials.EnterAsync(item.IsOnTrial, either.Token).ConfigureAwait(false);
            item.IsInside = true;
            await admission.AcquireAsync(item.Cost, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            item.Trace?.Dropped();
            if (item.IsInside)
                context.Trials.Leave();
            if (IsClosed)
                return;
            throw;
        }

        Enter(item);
    }

    private void GiveBack(InFlightRecord record)
    {
        if (record is { IsEntered: true, Decoded: { } decoded })
            context.Documents.Exit(decoded.Tenant, decoded.Id);
        record.Pictures?.Dispose();
        context.VectorBytes.Release(record.VectorBytes);
        admission.Release(record.Cost);
        if (record.IsInside)
            context.Trials.Leave();
    }
}
