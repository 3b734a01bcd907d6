using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Decoding;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Streams.Sources;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>
/// The way of a record: admission -> decode (-> fetch) -> compare -> prepare -> device -> reorder -> write. Every queue is bounded, and credits are taken
/// at admission, so a slow end shows as partitions that are paused, never as memory. docs/streams.md has the table.
/// </summary>
public sealed class IngestPipeline : IRecordIntake, IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly PipelineContext context;
    private readonly DecodeStage decode;
    private readonly CompareStage compare;
    private readonly PrepareStage prepare;
    private readonly EncodeStage encode;
    private readonly StoreWriter writer;
    private readonly StreamsMeter meter;
    private readonly Channel<InFlightRecord> admitted;
    private readonly Channel<InFlightRecord> changed;
    private readonly Channel<Task<InFlightRecord?>> decoding;
    private readonly List<PartitionLane> lanes = [];
    private IReadOnlyList<IRecordSource> reading = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long startedAt;
    private long endedAt;
    private volatile bool leftBehind;

    /// <param name="store">Where outcomes go.</param>
    /// <param name="device">Who encodes.</param>
    /// <param name="preparer">Decodes pictures and tokenises, on several threads.</param>
    /// <param name="decoder">Reads the records' bytes.</param>
    /// <param name="options">Bounds and waits; the defaults suit one node.</param>
    /// <param name="logger">Events 4000 to 4099.</param>
    /// <param name="diary">Where it notes what it has in work, for the next process if this one dies; the caller's to dispose of. Null: it is noted nowhere.</param>
    /// <param name="time">The system's clock unless a test brings its own.</param>
    /// <param name="pictures">Where pictures come from that documents name by blob or by address; needed where the decoder allows either.</param>
    public IngestPipeline(
        IIngestStore store,
        IDeviceClient device,
        IDocumentPreparer preparer,
        IRecordDecoder decoder,
        IngestPipelineOptions options,
        ILogger logger,
        WorkDiary? diary = null,
        TimeProvider? time = null,
        RemotePictures? pictures = null)
    {
        context = new PipelineContext(options, store, diary, logger, time ?? TimeProvider.System);
        // The budget of records is the bound; the channel only has to hold as many.
        admitted = Channel.CreateBounded<InFlightRecord>(new BoundedChannelOptions(options.MaxRecordsInFlight) { SingleReader = true });
        decoding = Channel.CreateBounded<Task<InFlightRecord?>>(new BoundedChannelOptions(options.DecodeParallelism) { SingleReader = true, SingleWriter = true });
        changed = Channel.CreateBounded<InFlightRecord>(options.PrepareWorkers * 2);
        decode = new DecodeStage(context, decoder);
        compare = new CompareStage(context, new FetchStage(context, pictures));
        encode = new EncodeStage(context, device);
        prepare = new PrepareStage(context, preparer, encode);
        writer = new StoreWriter(context, changed.Writer);
        meter = new StreamsMeter(Status);
    }

    /// <summary>Sources, loops, writers and encodings at work; 0 before and after <see cref="RunAsync"/>.</summary>
    internal int Running => context.Sources.Count + context.Running.Count;

    /// <summary>
    /// Ingests from the sources until all of them are exhausted and everything is written, or until told to stop: then reading ends, what is in
    /// flight is written within <see cref="IngestPipelineOptions.DrainTimeout"/>, and partitions are given back. Once per instance.
    /// </summary>
    /// <exception cref="PipelineStoppedException">Something failed for good. Nothing acknowledged is lost.</exception>
    public async Task RunAsync(IReadOnlyList<IRecordSource> sources, CancellationToken stop)
    {
        if (Interlocked.CompareExchange(ref startedAt, context.Time.GetTimestamp(), 0) != 0)
            throw new InvalidOperationException("A pipeline runs once.");
        Volatile.Write(ref reading, sources);
        try
        {
            await RunUntilStoppedAsync(sources, stop).ConfigureAwait(false);
        }
        finally
        {
            ended.TrySetResult();
        }
    }

    /// <inheritdoc />
    public async Task<IPartitionIntake> OpenAsync(LogPartition partition, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Aborted);
        var lease = await context.AskStoreAsync(
            "take a partition over",
            PipelineStage.Write,
            token => context.Store.AcquireAsync(partition, context.Options.Owner, token),
            either.Token).ConfigureAwait(false);
        var lane = new PartitionLane(
            context, lease, admitted.Writer, started => _ = context.SuperviseAsync("writer", () => writer.RunAsync(started)));
        lock (gate)
            lanes.Add(lane);
        _ = ForgetWhenEndedAsync(lane);
        StreamsLog.PartitionOpened(context.Logger, partition.Topic, partition.Partition, lease.Epoch, lease.NextOffset);
        if (context.Aborted.IsCancellationRequested)
            lane.Close(PartitionEnd.Stopped);
        return lane;
    }

    /// <inheritdoc />
    public async Task<long> ReserveLocalVersionsAsync(int count, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Aborted);
        return await context.AskStoreAsync(
            "reserve versions",
            PipelineStage.Write,
            token => context.Store.ReserveLocalVersionsAsync(count, token),
            either.Token).ConfigureAwait(false);
    }

    /// <summary>Totals, times, budgets and partitions at this moment. Cheap enough for a progress bar.</summary>
    public PipelineStatus Status()
    {
        PartitionLane[] open;
        lock (gate)
            open = [.. lanes];
        Budgets.Budget[] budgets = [context.Records, context.RawBytes, context.PixelBytes, context.BlobBytes, context.FetchedBytes, context.VectorBytes];
        var sources = Volatile.Read(ref reading);
        return new PipelineStatus(
            Elapsed(),
            context.Counters.Snapshot(),
            context.Counters.WriteRetries,
            [.. context.Clocks.Select(static clock => clock.Snapshot())],
            [.. budgets.Select(static b => new BudgetStatus(b.Name, b.InUse, b.Capacity, b.Peak, b.Waiting))],
            [.. Queues(), .. sources.SelectMany(static source => source.Queues)],
            [.. open.Select(static lane => lane.Status())],
            [.. sources.SelectMany(static source => source.Halted)]);
    }

    private QueueStatus[] Queues() =>
    [
        new("decode", admitted.Reader.Count, context.Options.MaxRecordsInFlight),
        new("decoding", decoding.Reader.Count, context.Options.DecodeParallelism),
        new("prepare", changed.Reader.Count, context.Options.PrepareWorkers * 2),
        writer.Status,
    ];

    /// <summary>Gives up what is in flight; after <see cref="RunAsync"/> has ended there is nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!leftBehind)
            await StopStagesAsync().ConfigureAwait(false);
        if (Interlocked.Read(ref startedAt) != 0)
            await ended.Task.ConfigureAwait(false);
        meter.Dispose();
        // What was left behind may still come back to these.
        if (leftBehind)
            return;
        writer.Dispose();
        context.Dispose();
    }

    /// <summary>What has not ended, for a log: who runs, what he does and how full the queues and budgets are.</summary>
    internal string DescribeRunning()
    {
        var status = Status();
        var doing = Volatile.Read(ref reading).Where(static source => source.Doing is not null).Select(static source => $"{source.Name} {source.Doing}");
        var partitions = status.Partitions.Select(static p =>
            $"{p.Partition.Topic}/{p.Partition.Partition} at {p.NextOffset} with {p.InFlight} in flight, {p.Held} held, {p.Ready} ready");
        var budgets = status.Budgets.Where(static b => b.InUse > 0 || b.Waiting > 0).Select(static b => $"{b.Name} {b.InUse} of {b.Capacity}, {b.Waiting} waiting");
        var queues = status.Queues.Where(static q => q.Length > 0).Select(static q => $"{q.Name} {q.Length} of {q.Capacity}");
        return string.Join("; ", [.. new[] { context.Sources.ToString(), context.Running.ToString() }.Where(static names => names.Length > 0), .. doing, .. partitions, .. budgets, .. queues]);
    }

    private async Task RunUntilStoppedAsync(IReadOnlyList<IRecordSource> sources, CancellationToken stop)
    {
        StreamsLog.Started(context.Logger, sources.Count);
        StartStages();
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(stop, context.Aborted);
        using var leave = new CancellationTokenSource();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stopReading.Token.UnsafeRegister(static (s, _) => ((TaskCompletionSource)s!).TrySetResult(), stopped)
            .ConfigureAwait(false);
        var reading = Task.WhenAll(sources.Select(source => RunSourceAsync(source, stopReading.Token, leave.Token)));
        await Task.WhenAny(reading, stopped.Task).ConfigureAwait(false);
        await DrainAsync(stopReading, stopped.Task).ConfigureAwait(false);
        await leave.CancelAsync().ConfigureAwait(false);
        await EndedOrLeftAsync(reading).ConfigureAwait(false);
        await StopStagesAsync().ConfigureAwait(false);
        Interlocked.Exchange(ref endedAt, context.Time.GetTimestamp());
        StreamsLog.Ended(context.Logger, context.Counters.Snapshot());
        if (context.Failure.IsFaulted)
            await context.Failure.ConfigureAwait(false);
    }

    private void StartStages()
    {
        var options = context.Options;
        _ = context.SuperviseAsync("decode", () => decode.RunAsync(admitted.Reader, decoding.Writer));
        _ = context.SuperviseAsync("compare", () => compare.RunAsync(decoding.Reader, changed.Writer));
        for (var i = 0; i < options.PrepareWorkers; i++)
            _ = context.SuperviseAsync("prepare", () => prepare.RunAsync(changed.Reader));
        _ = context.SuperviseAsync("encode watch", encode.WatchAsync);
    }

    private Task RunSourceAsync(IRecordSource source, CancellationToken stopReading, CancellationToken leave) => context.SuperviseAsync(
        context.Sources,
        source.Name,
        async () =>
        {
            try
            {
                await source.RunAsync(this, stopReading, leave).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
            {
                StreamsLog.StageCancelled(context.Logger, source.Name);
            }
        });

    /// <summary>Sources that ended by themselves have all the time they need; once told to stop there is a limit.</summary>
    private async Task DrainAsync(CancellationTokenSource stopReading, Task stopped)
    {
        context.BeginDraining();
        var drained = context.Records.WhenEmptyAsync(context.Aborted);
        await Task.WhenAny(drained, stopped).ConfigureAwait(false);
        await stopReading.CancelAsync().ConfigureAwait(false);
        try
        {
            await drained.WaitAsync(context.Options.DrainTimeout, context.Time, context.Aborted).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            StreamsLog.DrainTimedOut(context.Logger, context.Records.InUse, context.Options.DrainTimeout);
        }
        catch (OperationCanceledException) when (context.Aborted.IsCancellationRequested)
        {
            StreamsLog.StageCancelled(context.Logger, "drain");
        }
    }

    private async Task ForgetWhenEndedAsync(PartitionLane lane)
    {
        var reason = await lane.Ended.ConfigureAwait(false);
        lock (gate)
            lanes.Remove(lane);
        StreamsLog.PartitionClosed(context.Logger, lane.Lease.Partition.Topic, lane.Lease.Partition.Partition, reason, lane.NextOffset);
    }

    private async Task StopStagesAsync()
    {
        CloseLanes();
        context.Abort();
        // One that was opened between the two.
        CloseLanes();
        await EndedOrLeftAsync(context.Running.WhenEmptyAsync()).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits for what was told to end, and says what it waits for. In the end it is left behind: nothing that it may still do counts, because its partitions
    /// are closed and the epoch decides about a COMMIT under way; and a node that can't stop is worse than a thread that is left.
    /// </summary>
    private async Task EndedOrLeftAsync(Task end)
    {
        var limit = context.Options.StopTimeout;
        for (var waited = TimeSpan.Zero; waited < limit;)
        {
            var step = TimeSpan.FromTicks(Math.Min(context.Options.StopWarning.Ticks, (limit - waited).Ticks));
            try
            {
                await end.WaitAsync(step, context.Time).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                waited += step;
                if (waited < limit)
                    StreamsLog.StopTakesLong(context.Logger, waited, DescribeRunning());
            }
        }

        leftBehind = true;
        StreamsLog.LeftBehind(context.Logger, limit, DescribeRunning());
    }

    private void CloseLanes()
    {
        PartitionLane[] open;
        lock (gate)
            open = [.. lanes];
        foreach (var lane in open)
            lane.Close(PartitionEnd.Stopped);
    }

    private TimeSpan Elapsed()
    {
        var from = Interlocked.Read(ref startedAt);
        var to = Interlocked.Read(ref endedAt);
        if (from == 0)
            return TimeSpan.Zero;
        return to == 0 ? context.Time.GetElapsedTime(from) : context.Time.GetElapsedTime(from, to);
    }
}
