using System.Runtime.CompilerServices;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device;

/// <summary>One device: admission on the callers' side, its actor behind. Thread-safe.</summary>
public sealed class DeviceClient : IDeviceClient
{
    private readonly ActorSystem system;
    private readonly DeviceOptions options;
    private readonly DeviceQueue queue;
    private readonly DeviceBoard board;
    private readonly DeviceMeter meter;
    private readonly ActorRef<DeviceCommand> actor;

    private DeviceClient(ActorSystem system, string name, Func<DeviceModel> load, DeviceOptions options, Action? onThreadStart)
    {
        this.system = system;
        this.options = options;
        queue = new DeviceQueue(options, system.Time);
        board = new DeviceBoard($"{system.Name}/{name}", () => StateChanged?.Invoke());
        actor = system.Spawn(
            new Props<DeviceCommand>(() => new DeviceActor(queue, board, load, options))
            {
                DedicatedThread = true,
                OnThreadStart = onThreadStart,
                Supervision = options.Supervision.On<ModelChangedException>(Directive.Stop),
                Mailbox = new MailboxOptions<DeviceCommand>
                {
                    Capacity = options.MailboxCapacity,
                    Lane = static command => command is DeviceStep ? MailboxLane.Low : MailboxLane.Normal,
                    LowCapacity = 1,
                },
                Undelivered = command => queue.Reject(command, StopReason()),
            },
            name);
        queue.Admission.RoomCame += TellRoom;
        meter = new DeviceMeter(() => Status);
        WhenStopped = CloseAsync();
    }

    /// <summary>Raised on the device's thread: whoever listens must be quick and must not fail.</summary>
    internal event Action? StateChanged;

    /// <summary>Raised when a document may find room that was refused before.</summary>
    internal event Action? RoomChanged;

    /// <summary>The model as loaded. Fails when the device is given up before it came up.</summary>
    public Task<DeviceInfo> Ready => board.Ready;

    /// <summary>Ends when the device has stopped or been given up, and nobody waits for it any more.</summary>
    public Task WhenStopped { get; }

    internal DeviceState State => board.State;

    internal string Name => actor.Name;

    public DeviceStatus Status => new()
    {
        Name = actor.Name,
        State = board.State,
        Model = board.Info,
        Query = Lane(queue.QueryCounters, queue.Admission.QueryTokens),
        Ingest = Lane(queue.IngestCounters, queue.Admission.IngestTokens) with
        {
            WaitingCallers = queue.Admission.IngestTokens.Waiting + queue.Admission.IngestBytes.Waiting,
            ReservedTokens = queue.Admission.ReservedTokens,
        },
        Generations = (int)queue.Admission.Generations.Used,
        MaxGenerations = options.MaxGenerations,
        GeneratedTokens = queue.GeneratedTokens,
        Cache = board.Cache,
        GenerationTime = queue.GenerationTime,
        Restarts = actor.Cell.Restarts,
        Uptime = system.Time.GetElapsedTime(queue.Created),
    };

    /// <summary>Starts a device. It takes work at once and does it when the model has been loaded.</summary>
    /// <param name="system">Where the actor lives; the device stops with it.</param>
    /// <param name="name">Names the actor, its thread and its metrics, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="load">Loads the weights, on the device's thread, at the start and again whenever the device has been lost.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="onThreadStart">Runs first on the device's thread: the thread count of OpenMP and libtorch is set per thread.</param>
    public static DeviceClient Start(
        ActorSystem system,
        string name,
        Func<DeviceModel> load,
        DeviceOptions? options = null,
        Action? onThreadStart = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(load);
        options ??= new DeviceOptions();
        options.Validate();
        return new DeviceClient(system, name, load, options, onThreadStart);
    }

    /// <summary>Stops the device after the work in hand; what waits fails with <see cref="ActorStoppedException"/>.</summary>
    public Task StopAsync()
    {
        system.Stop(actor);
        return WhenStopped;
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceLostException">The device has been given up.</exception>
    /// <exception cref="ActorStoppedException">The device has been stopped.</exception>
    public async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfStopped();
        if (priority == EncodePriority.Ingest)
            await queue.Admission.EnterIngestAsync(document, cancellationToken).ConfigureAwait(false);
        else if (!queue.Admission.TryEnterQuery(document))
            throw Busy($"{queue.Admission.QueryTokens.Used} of {options.QueryBudgetTokens} tokens of queries are waiting.");
        return await EncodeAdmittedAsync(document, priority, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes the room that a document needs, for <see cref="EncodeAdmittedAsync"/>, which gives it back.</summary>
    /// <param name="line">Of which the document is.</param>
    internal bool TryAdmit(PreparedDocument document, EncodePriority priority, object line)
        => !actor.IsTerminated && (priority == EncodePriority.Ingest ? queue.Admission.TryEnterIngest(document, line) : queue.Admission.TryEnterQuery(document));

    /// <inheritdoc cref="DeviceAdmission.Reserve"/>
    internal void Reserve(PreparedDocument? document, object line) => queue.Admission.Reserve(document, line);

    internal void TellRoom() => RoomChanged?.Invoke();

    /// <summary>Encodes a document that has its room.</summary>
    internal async Task<SequenceEmbedding> EncodeAdmittedAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
    {
        var work = new EncodeWork(document, priority, system.Time.GetTimestamp(), cancellationToken);
        try
        {
            await actor.TellAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            queue.Admission.Leave(work);
            if (failure is ActorStoppedException)
                throw StopReason();
            throw;
        }

        using (cancellationToken.UnsafeRegister(static state => ((EncodeWork)state!).Abandon(), work))
            return await work.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Begins when it is enumerated, which it can be once. Leaving the enumeration or cancelling stops the generation before its next token.
    /// </remarks>
    /// <exception cref="DeviceFailedException">Generating failed; thrown by the enumeration.</exception>
    /// <exception cref="DeviceLostException">The device was lost while it generated; thrown by the enumeration.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(sampling);
        return StreamAsync(new StrongBox<GenerationPrompt?>(prompt), sampling, cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedToken> StreamAsync(
        StrongBox<GenerationPrompt?> once,
        SamplingOptions sampling,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prompt = Interlocked.Exchange(ref once.Value, null) ?? throw new InvalidOperationException("A generation can be enumerated once.");
        if (actor.IsTerminated || !queue.Admission.Generations.TryAcquire(1))
        {
            prompt.Dispose();
            ThrowIfStopped();
            throw Busy($"{options.MaxGenerations} generations are under way, as many as are allowed.");
        }

        var work = new GenerationWork(prompt, sampling, options.GenerationBuffer, cancellationToken);
        try
        {
            await actor.TellAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            prompt.Dispose();
            queue.Admission.Generations.Release(1);
            if (failure is ActorStoppedException)
                throw StopReason();
            throw;
        }

        // The device looks only when it is woken: a generation that pauses must not keep its cache until someone else comes.
        using var cancellation = cancellationToken.UnsafeRegister(static state => ((DeviceClient)state!).WakeDevice(), this);
        try
        {
            while (await work.Tokens.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (work.Tokens.TryRead(out var token))
                {
                    if (work.TryResume())
                        WakeDevice();
                    yield return token;
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            work.Abandon();
            WakeDevice();
        }
    }

    // Refused only when a step is already waiting, which does as well.
    private void WakeDevice() => actor.TryTell(DeviceStep.Instance);

    private DeviceLaneStatus Lane(LaneCounters counters, CreditPool budget) => new()
    {
        QueuedTokens = budget.Used,
        BudgetTokens = budget.Capacity,
        WaitingCallers = 0,
        Documents = counters.Documents,
        FailedDocuments = counters.Failed,
        AbandonedDocuments = counters.Abandoned,
        Batches = counters.Batches,
        UsefulTokens = counters.UsefulTokens,
        PaddedTokens = counters.PaddedTokens,
        Time = counters.Time,
    };

    private DeviceBusyException Busy(string problem)
    {
        // What waits, at the speed seen so far; a second where nothing has been seen.
        var status = Status;
        var speed = Math.Max(status.Query.TokensPerSecond, status.Ingest.TokensPerSecond);
        var seconds = speed > 0 ? (status.Query.QueuedTokens + options.MaxBatchTokens) / speed : 1;
        return new DeviceBusyException($"{actor.Path}: {problem} Try again later.", TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(seconds), 1, 30)));
    }

    private void ThrowIfStopped()
    {
        if (actor.IsTerminated)
            throw StopReason();
    }

    private Exception StopReason() => actor.Cell.Failure is { } failure
        ? new DeviceLostException($"{actor.Path}: the device has been given up: {failure.Message}", failure)
        : new ActorStoppedException(actor.Path);

    private async Task CloseAsync()
    {
        await actor.WhenTerminated.ConfigureAwait(false);

        // The device thread has ended: the queue is this thread's now.
        var reason = StopReason();
        if (actor.Cell.Failure is { } failure)
            DeviceLog.GivenUp(system.KernelLogger, actor.Path, failure);
        board.Stopped(reason);
        queue.Close(reason);
        meter.Dispose();
    }
}
