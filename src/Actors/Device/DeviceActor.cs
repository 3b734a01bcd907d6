using System.Runtime.ExceptionServices;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Telemetry;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Actors.Device;

/// <summary>
/// Owns the weights of one device, on a thread of its own. It takes in commands as they come and does one piece of work at a time: a batch to
/// encode, or one pass for all running generations. Between pieces new commands are seen, so a query waits for one piece at most.
/// </summary>
internal sealed class DeviceActor(DeviceQueue queue, DeviceBoard board, Func<DeviceModel> load, DeviceOptions options) : Actor<DeviceCommand>
{
    private const string LingerTimer = "linger";

    private DeviceModel? model;
    private EncodeBatch? ingest;
    private EncodeBatch? ahead;
    private int tokenRoundsDue;
    private bool steppedSinceBatch;
    private TimeSpan queriesSinceIngest;

    protected override ValueTask OnStart(CancellationToken cancellationToken)
    {
        var begin = Context.System.Time.GetTimestamp();
        model = load();
        var info = new DeviceInfo(model.Encoder.Fingerprint, model.Encoder.Dimension);
        board.Loaded(info, model.Generator);
        DeviceLog.Loaded(
            Context.Logger,
            Context.Path,
            info.Fingerprint,
            info.Dimension,
            Context.System.Time.GetElapsedTime(begin).TotalSeconds);
        Continue();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnReceive(DeviceCommand message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case EncodeWork work:
                queue.Lane(work.Priority).Add(work);
                break;
            case GenerationWork generation:
                queue.Generations.Add(generation);
                break;
            case DeviceStep:
                Step(cancellationToken);
                return ValueTask.CompletedTask;
            default:
                throw new InvalidOperationException($"Command {message.GetType().Name} is unknown.");
        }

        Continue();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnStop()
    {
        // Half done is not done: it is somebody's to be told, or the next life's.
        foreach (var batch in new[] { ingest, ahead }.OfType<EncodeBatch>())
        {
            queue.Ingest.AddGroup(batch.Works);
            batch.Dispose();
        }

        (ingest, ahead) = (null, null);
        model?.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask OnRestart(Exception cause)
    {
        board.Lost();

        // Their KV caches go with the weights. Those that have not begun keep their turn.
        var lost = new DeviceLostException($"{Context.Path}: the device was lost while it generated.", cause);
        foreach (var generation in queue.Generations.Where(static g => g.Text is not null).ToArray())
            End(generation, lost);
        return OnStop();
    }

    // When the lane already has a step, the work is found by that one.
    private void Continue() => Context.Self.TryTell(DeviceStep.Instance);

    private void Step(CancellationToken cancellationToken)
    {
        if (ingest is null)
            (ingest, ahead) = (ahead, null);
        var runnable = BeginGenerations();
        if (tokenRoundsDue > 0 && runnable.Count > 0 && (queue.Queries.IsEmpty || !steppedSinceBatch))
        {
            tokenRoundsDue--;
            steppedSinceBatch = true;
            StepGenerations(runnable);
            Continue();
            return;
        }

        var queries = queue.TakeQueries(ingestWaits: ingest is not null || !queue.Ingest.IsEmpty);
        if (queries.Length > 0)
        {
            tokenRoundsDue = 1;
            steppedSinceBatch = false;
            var begin = Context.System.Time.GetTimestamp();
            using (var batch = new EncodeBatch(queries))
                StepBatch(batch, leave: null, cancellationToken);
            queriesSinceIngest += Context.System.Time.GetElapsedTime(begin);
            Continue();
            return;
        }

        var linger = TimeSpan.Zero;
        var isAlone = queue.Ingest.HasGroups;
        if (ingest is null && queue.TakeIngest(out linger) is { Length: > 0 } waiting)
            ingest = new EncodeBatch(waiting, isAlone);
        if (ingest is not null || !queue.Queries.IsEmpty)
        {
            // Ingestion's turn, even where its callers turn out to have gone: queries must not wait for the next command then.
            queue.EndIngestTurn();
            tokenRoundsDue = options.TokenStepsPerIngestBatch;
            steppedSinceBatch = false;
            StepIngest(cancellationToken);
            Continue();
            return;
        }

        if (linger > TimeSpan.Zero)
            Context.Timers.StartSingleTimer(LingerTimer, DeviceStep.Instance, linger);
        if (runnable.Count > 0)
        {
            StepGenerations(runnable);
            Continue();
        }
    }

    private void StepIngest(CancellationToken cancellationToken)
    {
        // A turn may be as short as a layer. Its floor is one of time: the share of the device that one turn in so many would have.
        var least = queriesSinceIngest / (options.IngestFloor - 1);
        queriesSinceIngest = TimeSpan.Zero;

        if (ingest is not { } batch)
            return;
        PrepareAhead(batch);

        // Out of hand first: where it fails, its documents go elsewhere.
        ingest = null;
        var begin = Context.System.Time.GetTimestamp();
        try
        {
            if (!StepBatch(batch, () => queue.Admission.QueryTokens.Used > 0 && Context.System.Time.GetElapsedTime(begin) >= least, cancellationToken))
                ingest = batch;
        }
        finally
        {
            if (ingest is null)
                batch.Dispose();
        }
    }

    /// <param name="leave">See <see cref="IEncodeRun.Step"/>.</param>
    /// <returns>Whether the batch is over, done or failed.</returns>
    private bool StepBatch(EncodeBatch batch, Func<bool>? leave, CancellationToken cancellationToken)
    {
        var works = batch.Works;
        var counters = queue.Counters(works[0].Priority);
        var begin = Context.System.Time.GetTimestamp();
        IReadOnlyList<SequenceEmbedding> embeddings;
        try
        {
            batch.Passes ??= Begin(batch);
            if (!batch.Passes.Step(leave, leave is null ? null : ahead?.Passes, cancellationToken))
                return false;
            embeddings = batch.Passes.Embeddings;
            if (embeddings.Count != works.Length)
                throw new InvalidOperationException($"The encoder returned {embeddings.Count} embeddings for {works.Length} documents.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            queue.Lane(works[0].Priority).AddGroup(works);
            throw;
        }
        catch (Exception failure) when (options.IsDeviceLost(failure))
        {
            batch.Span?.Fail(failure);
            DeviceLog.Lost(Context.Logger, Context.Path, works.Length, queue.Generations.Count(static g => g.Text is not null), failure);
            var next = leave is null ? null : ahead;
            KeepForNextLife(works, !batch.HadCompany, failure);
            if (next is not null)
            {
                ahead = null;
                next.Dispose();
                KeepForNextLife(next.Works, wasAlone: false, failure);
            }

            throw;
        }
        catch (Exception failure)
        {
            batch.Span?.Fail(failure);
            Bisect(works, failure);
            return true;
        }
        finally
        {
            counters.AddTime(Context.System.Time.GetElapsedTime(begin));
        }

        counters.AddBatch(works);
        for (var i = 0; i < works.Length; i++)
            queue.Complete(works[i], embeddings[i]);
        return true;
    }

    private IEncodeRun Begin(EncodeBatch batch)
    {
        batch.Span = DeviceTraces.BeginBatch(Context.Self.Name, batch.Works);
        foreach (var work in batch.Works)
            work.Document.EncodingBegins?.Invoke();
        return model!.Encoder.Begin(Array.ConvertAll(batch.Works, static work => work.Document));
    }

    /// <summary>At the end of a batch some threads have nothing more of it to do: they go on with the next one.</summary>
    private void PrepareAhead(EncodeBatch batch)
    {
        if (ahead is not null || batch.IsAlone || !model!.Encoder.WorksAhead || queue.TakeAhead() is not { Length: > 0 } works)
            return;
        ahead = new EncodeBatch(works) { HadCompany = true };
        batch.HadCompany = true;
        try
        {
            ahead.Passes = Begin(ahead);
        }
        catch (Exception failure) when (!options.IsDeviceLost(failure))
        {
            ahead.Dispose();
            ahead = null;
            Bisect(works, failure);
        }
    }

    /// <summary>A failed batch is halved until the bad document is alone. The halves wait their turn, so queries get in between.</summary>
    private void Bisect(EncodeWork[] batch, Exception failure)
    {
        if (batch.Length == 1)
        {
            DeviceLog.DocumentFailed(Context.Logger, Context.Path, batch[0].Tokens, failure);
            queue.Fail(batch[0], new DeviceFailedException($"{Context.Path}: encoding failed: {failure.Message}", failure));
            return;
        }

        DeviceLog.BatchFailed(Context.Logger, Context.Path, batch.Length, failure);
        var lane = queue.Lane(batch[0].Priority);
        lane.AddGroup(batch.AsSpan(0, batch.Length / 2).ToArray());
        lane.AddGroup(batch.AsSpan(batch.Length / 2).ToArray());
    }

    /// <summary>Whoever shared the device when it was lost is tried alone, so that nobody is blamed for a neighbour.</summary>
    private void KeepForNextLife(EncodeWork[] batch, bool wasAlone, Exception failure)
    {
        var lane = queue.Lane(batch[0].Priority);
        if (batch.Length == 1 && wasAlone && ++batch[0].LossesAlone >= options.MaxLossesAlone)
        {
            queue.Fail(
                batch[0],
                new DeviceFailedException($"{Context.Path}: the device was lost {batch[0].LossesAlone} times with this document alone on it.", failure));
            return;
        }

        foreach (var work in batch)
            lane.AddGroup([work]);
    }

    /// <summary>Ends what nobody reads any more, and gives room to those that wait, in the order in which they came.</summary>
    /// <returns>Those that can take a step.</returns>
    private List<GenerationWork> BeginGenerations()
    {
        var runnable = new List<GenerationWork>();
        var hasRoom = true;
        foreach (var generation in queue.Generations.ToArray())
        {
            try
            {
                if (generation.IsAbandoned)
                    End(generation, failure: null);
                else if (generation.Text is null && hasRoom)
                    hasRoom = generation.TryBegin(model!.Generator);
            }
            catch (Exception failure) when (!options.IsDeviceLost(failure))
            {
                FailGeneration(generation, failure);
            }

            if (generation.Text is not null && generation.IsRunnable())
                runnable.Add(generation);
        }

        return runnable;
    }

    private void StepGenerations(List<GenerationWork> runnable)
    {
        var begin = Context.System.Time.GetTimestamp();
        var steps = model!.Generator.Step(runnable.ConvertAll(static generation => generation.Text!), options.PromptTokensPerStep);
        queue.AddGenerationStep(Context.System.Time.GetElapsedTime(begin), steps.Count(static step => step.Token is not null));
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Failure is { } failure)
            {
                if (options.IsDeviceLost(failure))
                {
                    DeviceLog.Lost(Context.Logger, Context.Path, 0, queue.Generations.Count(static g => g.Text is not null), failure);
                    ExceptionDispatchInfo.Throw(failure);
                }

                FailGeneration(runnable[i], failure);
                continue;
            }

            if (steps[i].Token is { } token)
                runnable[i].Write(token);
            if (runnable[i].Text!.IsFinished)
                End(runnable[i], failure: null);
        }
    }

    private void FailGeneration(GenerationWork generation, Exception failure)
    {
        DeviceLog.GenerationFailed(Context.Logger, Context.Path, failure);
        End(generation, new DeviceFailedException($"{Context.Path}: generating failed: {failure.Message}", failure));
    }

    private void End(GenerationWork generation, Exception? failure)
    {
        try
        {
            queue.EndGeneration(generation, failure);
        }
        catch (Exception undisposed)
        {
            // The reader has its end and the slot is free; a cache that leaks must be seen but takes nobody down.
            DeviceLog.DisposeFailed(Context.Logger, Context.Path, undisposed);
        }
    }
}
