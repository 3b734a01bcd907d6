using Microsoft.Extensions.Logging;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Streams.Crashes;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Streams.Pipeline;

/// <summary>What the stages of one pipeline share.</summary>
internal sealed class PipelineContext : IDisposable
{
    private readonly CancellationTokenSource abort = new();
    private readonly TaskCompletionSource failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StageClock[] clocks;
    private volatile bool isDraining;

    public PipelineContext(IngestPipelineOptions options, IIngestStore store, WorkDiary? diary, ILogger logger, TimeProvider time)
    {
        Diary = diary;
        Options = options;
        Store = store;
        Logger = logger;
        Time = time;
        Records = new Budget("records", options.MaxRecordsInFlight, options.ResumeAt);
        RawBytes = new Budget("raw bytes", options.MaxRawBytes, options.ResumeAt);
        PixelBytes = new Budget("pixel bytes", options.MaxPixelBytes);
        BlobBytes = new Budget("blob bytes", options.MaxBlobBytes);
        FetchedBytes = new Budget("fetched bytes", options.MaxFetchedBytes);
        VectorBytes = new Budget("vector bytes", options.MaxVectorBytes);
        clocks = [.. Enum.GetValues<PipelineStage>().Select(stage => new StageClock(stage, time))];
    }

    public IngestPipelineOptions Options { get; }

    public IIngestStore Store { get; }

    public ILogger Logger { get; }

    public TimeProvider Time { get; }

    public Budget Records { get; }

    public Budget RawBytes { get; }

    public Budget PixelBytes { get; }

    public Budget BlobBytes { get; }

    public Budget FetchedBytes { get; }

    public Budget VectorBytes { get; }

    public PipelineCounters Counters { get; } = new();

    public MessagingMeter Messaging { get; } = new();

    /// <summary>Null: nobody would know what a dead process had in work.</summary>
    public WorkDiary? Diary { get; }

    public TrialGate Trials { get; } = new();

    public DocumentsInFlight Documents { get; } = new();

    public IReadOnlyList<StageClock> Clocks => clocks;

    /// <summary>Everything is given up: nothing more is begun.</summary>
    public CancellationToken Aborted => abort.Token;

    /// <summary>Faults with the first failure that stops the node.</summary>
    public Task Failure => failed.Task;

    /// <summary>Loops, writers and encodings.</summary>
    public RunningWork Running { get; } = new();

    /// <summary>Apart from the rest: one that was left behind is not waited for again with it.</summary>
    public RunningWork Sources { get; } = new();

    /// <summary>Nothing more is admitted.</summary>
    public bool IsDraining => isDraining;

    public StageClock Clock(PipelineStage stage) => clocks[(int)stage];

    public Backoff NewBackoff() => new(Options.RetryDelay, Options.MaxRetryDelay, Time);

    /// <summary>The pipeline can't go on. Loud, once, and final.</summary>
    public void Fail(string what, Exception failure)
    {
        // As good as a death of the process: what is in work now is what the memory did not suffice for.
        if (failure is OutOfMemoryException)
            Diary?.Keep();
        if (failed.TrySetException(new PipelineStoppedException($"Ingestion stopped: {what}: {failure.Message}", failure)))
            StreamsLog.PipelineFailed(Logger, what, failure);
        Abort();
    }

    /// <summary>What was registered for it runs elsewhere: whoever gives up is not to be held up by the ends of what is given up.</summary>
    public void Abort() => _ = abort.CancelAsync();

    public void BeginDraining() => isDraining = true;

    /// <summary>Runs a loop of the pipeline under supervision: its end by anything but cancellation stops the node.</summary>
    public Task SuperviseAsync(string name, Func<Task> body) => SuperviseAsync(Running, name, body);

    public async Task SuperviseAsync(RunningWork running, string name, Func<Task> body)
    {
        running.Enter(name);
        try
        {
            await body().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Aborted.IsCancellationRequested)
        {
            StreamsLog.StageCancelled(Logger, name);
        }
        catch (Exception e)
        {
            Fail(name, e);
        }
        finally
        {
            running.Exit(name);
        }
    }

    /// <summary>Ends a record that failed by itself: a dead letter, a drop when its partition was given up, or the end of the node.</summary>
    public void Refuse(InFlightRecord record, PipelineStage stage, Exception failure)
    {
        if (failure is OperationCanceledException && (record.Lane.IsClosed || Aborted.IsCancellationRequested))
        {
            record.Lane.Drop(record);
            return;
        }

        if (FailurePolicy.Decide(stage, failure) == FailureDirective.StopNode)
        {
            Fail(stage.ToString(), failure);
            record.Lane.Drop(record);
            return;
        }

        var letter = DeadLetters.From(record.Source!, record.Decoded, stage, failure);
        var at = record.Source!.Original;
        StreamsLog.DeadLettered(Logger, at.Partition.Topic, at.Partition.Partition, at.Offset, letter.Stage, letter.Reason);
        record.Lane.Complete(record, letter);
    }

    /// <summary>Asks the store for as long as its failures are of the passing kind.</summary>
    public async Task<T> AskStoreAsync<T>(string what, PipelineStage stage, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var backoff = NewBackoff();
        while (true)
        {
            try
            {
                return await ask(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && FailurePolicy.Decide(stage, e) == FailureDirective.Retry)
            {
                StreamsLog.StoreRetry(Logger, what, backoff.Attempts + 1, e);
            }

            await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        Messaging.Dispose();
        abort.Dispose();
    }
}
