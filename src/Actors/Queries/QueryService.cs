using System.Runtime.CompilerServices;
using System.Threading.Channels;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Admission in front of a pool of query actors.</summary>
public sealed class QueryService : IQueryService
{
    private readonly ActorSystem system;
    private readonly QueryOptions options;
    private readonly CreditPool admission;

    // Under way after one of those that ended since they were last asked for.
    private long fewest = long.MaxValue;

    // Taken by all but searches before an actor, and given back by it: each may keep one for long, and searches must not wait for them.
    private readonly CreditPool lasting;

    // Taken before that by answers and conversations, which may keep an actor for minutes.
    private readonly CreditPool streaming;
    private readonly Channel<ActorRef<QueryCommand>> idle;
    private readonly QueryMeter meter;
    private readonly GenerationMeter generations;

    private QueryService(
        ActorSystem system,
        string name,
        IDocumentPreparer preparer,
        IPromptBuilder prompts,
        IDeviceClient device,
        ISearchStore store,
        QueryOptions options)
    {
        this.system = system;
        this.options = options;
        admission = new CreditPool(options.Actors + options.MaxWaiting);
        lasting = new CreditPool(options.LastingActors);
        streaming = new CreditPool(options.StreamingActors);
        idle = Channel.CreateBounded<ActorRef<QueryCommand>>(options.Actors);
        var pictures = new PictureRoom(options, system.Time);
        var patient = new PatientDevice(device, options.BusyPause, system.Time);
        var embedder = new Embedder(preparer, pictures, patient, options);
        meter = new QueryMeter(() => admission.Used, () => streaming.Used, () => pictures.InUse, () => embedder.TokensInUse);
        generations = new GenerationMeter(options.ModelName);
        var retriever = new Retriever(preparer, pictures, device, store, options, meter, system.Time);

        // By the time that an answer is to be generated its reader has the evidence: it is too late to refuse it. A conversation is refused before its first event.
        var answerer = new Answerer(retriever, prompts, pictures, new TracedGenerator(patient, generations, options.ModelName, system.Time), options, system.Time);
        var chatter = new Chatter(prompts, pictures, new TracedGenerator(device, generations, options.ModelName, system.Time), system.Time);
        var pool = new ActorRef[options.Actors];
        for (var i = 0; i < pool.Length; i++)
        {
            pool[i] = system.Spawn(
                new Props<QueryCommand>(() => new QueryActor(retriever, answerer, chatter, embedder, generations, BecomeIdle))
                {
                    Mailbox = new MailboxOptions<QueryCommand> { Capacity = 1 },
                    Undelivered = command => QueryActor.Fail(command, new ActorStoppedException($"{system.Name}/{name}")),
                },
                $"{name}-{i}");
        }

        WhenStopped = CloseAsync(pool);
    }

    /// <summary>Ends when the actor system has stopped the pool.</summary>
    public Task WhenStopped { get; }

    /// <summary>
    /// Questions that would have been admitted beside those under way, at the best moment since the last call: at a single one there may be no place although as many as fit come
    /// and go many times a second. Without any that ended it is as it is now.
    /// </summary>
    public long TakeFreeQuestions() => admission.Capacity - Math.Min(Interlocked.Exchange(ref fewest, long.MaxValue), admission.Used);

    /// <param name="system">Where the pool lives; it stops with it.</param>
    /// <param name="name">Names the actors.</param>
    public static QueryService Start(
        ActorSystem system,
        string name,
        IDocumentPreparer preparer,
        IPromptBuilder prompts,
        IDeviceClient device,
        ISearchStore store,
        QueryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(preparer);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(store);
        options ??= new QueryOptions();
        options.Validate();
        return new QueryService(system, name, preparer, prompts, device, store, options);
    }

    /// <inheritdoc/>
    public Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Within(request.K, options.MaxK, "k");
        CheckEffort(request);
        SearchRules.Check(request);
        AdapterChoice.ForSearch(request.Adapter, options.EncodingAdapter);
        return AskAsync<SearchResponse>("search", isLasting: false, (replyTo, caller) => new Search(request, replyTo, caller), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Within(request.Evidence, options.MaxEvidence, "evidence");
        Check(request.Sampling);
        return StreamAsync<AnswerEvent>((events, caller) => new Answer(request, events, caller), cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatEvent> ChatAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request.Sampling);
        return StreamAsync<ChatEvent>((events, caller) => new Chat(request, events, caller), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        Within(documents.Count, options.MaxInputs, "input");
        return AskAsync<IReadOnlyList<EmbeddedDocument>>("embedding", isLasting: true, (replyTo, caller) => new Embed(documents, replyTo, caller), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        Within(request.Documents.Count, options.MaxInputs, "documents");
        return AskAsync<RerankResponse>("reranking", isLasting: true, (replyTo, caller) => new Rerank(request, replyTo, caller), cancellationToken);
    }

    private void Check(SamplingOptions sampling)
    {
        Within(sampling.MaxTokens, options.MaxAnswerTokens, "max_tokens");
        AdapterChoice.ForGeneration(sampling.Adapter, options.Adapters);
    }

    private void CheckEffort(SearchRequest request)
    {
        if (request.Candidates is { } candidates)
            Within(candidates, options.MaxCandidates, "candidates");
        if (request.EfSearch is { } efSearch)
            Within(efSearch, options.MaxEfSearch, "ef_search");
        if (request.Budget is { } budget)
            Within((int)Math.Clamp(budget.TotalMilliseconds, 0, int.MaxValue), (int)options.SearchTimeout.TotalMilliseconds, "budget_ms");
    }

    private async Task<T> AskAsync<T>(string what, bool isLasting, Func<ReplyTo<T>, CancellationToken, QueryCommand> command, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            using var patience = new CancellationTokenSource(options.SearchTimeout, system.Time);
            using var caller = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            var actor = isLasting ? await TakeForLongAsync(caller.Token).ConfigureAwait(false) : await TakeActorAsync(caller.Token).ConfigureAwait(false);

            // The actor itself watches the caller: an ask that ended before it would leave the actor neither idle nor asked.
            return await actor
                .AskAsync<T>(replyTo => command(replyTo, caller.Token), Timeout.InfiniteTimeSpan, CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (DeviceBusyException) when (cancellationToken.IsCancellationRequested)
        {
            // Who left while its pictures waited for room was not refused.
            throw new OperationCanceledException(cancellationToken);
        }
        catch (DeviceBusyException)
        {
            meter.Refused();
            throw;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The {what} took longer than {options.SearchTimeout.TotalSeconds:0.#} s.");
        }
        finally
        {
            Leave();
        }
    }

    private static void Within(int value, int max, string field)
    {
        if (value < 1 || value > max)
            throw new DocumentRejectedException(field, $"is {value}", $"Send a number from 1 to {max}.");
    }

    private async IAsyncEnumerable<T> StreamAsync<T>(
        Func<ChannelWriter<T>, CancellationToken, QueryCommand> command, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Enter();
        using var patience = new CancellationTokenSource(options.AnswerTimeout, system.Time);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var events = Channel.CreateBounded<T>(new BoundedChannelOptions(options.EventBuffer) { SingleReader = true, SingleWriter = true });
            await TimedAsync(SendAsync(command(events.Writer, caller.Token), caller.Token)).ConfigureAwait(false);
            while (await TimedAsync(events.Reader.WaitToReadAsync(caller.Token).AsTask()).ConfigureAwait(false))
            {
                while (events.Reader.TryRead(out var happened))
                    yield return happened;
            }
        }
        finally
        {
            // A reader that leaves stops the answer: the device must not go on for nobody.
            await caller.CancelAsync().ConfigureAwait(false);
            Leave();
        }

        async Task<TResult> TimedAsync<TResult>(Task<TResult> step)
        {
            try
            {
                return await step.ConfigureAwait(false);
            }
            catch (DeviceBusyException) when (cancellationToken.IsCancellationRequested)
            {
                // As for a search.
                throw new OperationCanceledException(cancellationToken);
            }
            catch (DeviceBusyException)
            {
                meter.Refused();
                throw;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"The answer took longer than {options.AnswerTimeout.TotalSeconds:0.#} s.");
            }
        }
    }

    private async Task<bool> SendAsync(QueryCommand command, CancellationToken caller)
    {
        await streaming.AcquireAsync(1, caller).ConfigureAwait(false);
        try
        {
            var actor = await TakeForLongAsync(caller).ConfigureAwait(false);
            await actor.TellAsync(command, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            streaming.Release(1);
            throw;
        }

        return true;
    }

    private void BecomeIdle(ActorRef<QueryCommand> actor, QueryCommand? done)
    {
        if (done is Answer or Chat)
            streaming.Release(1);
        if (done is not (null or Search))
            lasting.Release(1);
        idle.Writer.TryWrite(actor);
    }

    private void Enter()
    {
        if (WhenStopped.IsCompleted)
            throw new ActorStoppedException(system.Name);
        if (admission.TryAcquire(1))
            return;
        meter.Refused();
        throw new DeviceBusyException(
            $"{admission.Capacity} questions are under way, as many as are allowed. Try again later.",
            TimeSpan.FromSeconds(1));
    }

    private void Leave()
    {
        admission.Release(1);
        var used = admission.Used;
        for (var known = Volatile.Read(ref fewest); used < known;)
        {
            var seen = Interlocked.CompareExchange(ref fewest, used, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    private async ValueTask<ActorRef<QueryCommand>> TakeForLongAsync(CancellationToken cancellationToken)
    {
        await lasting.AcquireAsync(1, cancellationToken).ConfigureAwait(false);
        try
        {
            return await TakeActorAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            lasting.Release(1);
            throw;
        }
    }

    private async ValueTask<ActorRef<QueryCommand>> TakeActorAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await idle.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ActorStoppedException(system.Name);
        }
    }

    private async Task CloseAsync(ActorRef[] pool)
    {
        // The pool stops as a whole, with the system: the first to go means that nobody need wait for the others.
        await Task.WhenAny(pool.Select(static actor => actor.WhenTerminated)).ConfigureAwait(false);
        idle.Writer.TryComplete();
        lasting.Close(new ActorStoppedException(system.Name));
        streaming.Close(new ActorStoppedException(system.Name));
        await Task.WhenAll(pool.Select(static actor => actor.WhenTerminated)).ConfigureAwait(false);
        meter.Dispose();
        generations.Dispose();
    }
}
