using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Storage.Keys;
using UnifiedVlm.Streams.Budgets;

namespace UnifiedVlm.Server.Http.OpenAi;

/// <summary>The routes that OpenAI's clients, and those that speak like them, call.</summary>
/// <param name="bodies">Bytes of requests under way.</param>
/// <param name="transfers">Has room for the replies that may be large.</param>
internal sealed class OpenAiApi(IQueryService queries, ServedModels models, DocumentLimits limits, Budget bodies, BlobTransfers transfers, TimeProvider time)
{
    private const int Evidence = 4;

    private readonly ChatCallReader chats = new(limits);
    private readonly EmbeddingCallReader embeddings = new(limits);
    private readonly RerankCallReader reranks = new(limits);

    public void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1").Needs(KeyScopes.Read);
        group.MapGet("/models", () => JsonReply.Of(new ModelList(models.Entries), OpenAiJson.Default.ModelList))
            .WithSummary("What this node serves, as OpenAI's API lists it.").Produces<ModelList>();
        group.MapGet("/models/{model}", (string model) => JsonReply.Of(models.Find(model), OpenAiJson.Default.ModelEntry))
            .WithSummary("One of them.").Produces<ModelEntry>().Produces<OpenAiError>(404);
        group.MapPost("/chat/completions", ChatAsync)
            .WithSummary("Continue a conversation with text and pictures, as OpenAI's API does; the model NAME:documents answers from the stored documents.")
            .Accepts<object>("application/json", "*/*").Takes(OpenAiBody.Chat).Produces<ChatCompletion>().Produces<OpenAiError>(400).Produces<OpenAiError>(404).Produces<OpenAiError>(413).Produces<OpenAiError>(429).Produces<OpenAiError>(503).Produces<OpenAiError>(504);
        group.MapPost("/embeddings", EmbedAsync)
            .WithSummary("A vector for each text, picture or interleaved document, as OpenAI's API gives them.")
            .Accepts<object>("application/json", "*/*").Takes(OpenAiBody.Embedding).Produces<EmbeddingList>().Produces<OpenAiError>(400).Produces<OpenAiError>(404).Produces<OpenAiError>(413).Produces<OpenAiError>(429).Produces<OpenAiError>(503).Produces<OpenAiError>(504);
        MapRerank(group);
        // Where the second version of Cohere's clients asks for the same.
        MapRerank(routes.MapGroup("/v2").Needs(KeyScopes.Read));
    }

    private void MapRerank(RouteGroupBuilder group) => group.MapPost("/rerank", RerankAsync)
        .WithSummary("Put documents into the order of their likeness to a query.")
        .Accepts<object>("application/json", "*/*").Takes(OpenAiBody.Rerank).Produces<RerankList>().Produces<OpenAiError>(400).Produces<OpenAiError>(404).Produces<OpenAiError>(413).Produces<OpenAiError>(429).Produces<OpenAiError>(503).Produces<OpenAiError>(504);

    private async Task ChatAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        using var body = await RequestBody.ReadAsync(context.Request, limits.MaxDocumentBytes, bodies, cancellationToken);
        var call = chats.Read(body.Bytes);
        var tenant = caller.Within(context.Request, knowsAll: false).TenantOf(call.Tenant);
        var reply = new ChatReply(call, tenant, models.Fingerprint, time);
        var chunks = models.AnswersFromDocuments(call.Model)
            ? queries.AnswerAsync(Answer(call, tenant), cancellationToken).Charging(caller).Select(happened => reply.Add(happened))
            : queries.ChatAsync(call.Request with { Tenant = tenant }, cancellationToken).Charging(caller).Select(happened => reply.Add(happened));
        if (call.Stream)
        {
            await ChunkStream.WriteAsync(context, chunks, () => call.IncludeUsage ? [reply.Last(), reply.UsageChunk()] : [reply.Last()], cancellationToken);
            return;
        }

        await foreach (var _ in chunks.WithCancellation(cancellationToken))
        {
            // Collected by the reply.
        }

        await JsonReply.WriteAsync(context, reply.Whole(), OpenAiJson.Default.ChatCompletion, JsonReply.ContentType, cancellationToken);
    }

    /// <summary>The last turn is the question. What was said before it, and the client's instruction, have no place in an answer from documents.</summary>
    private AnswerRequest Answer(ChatCall call, string tenant)
    {
        if (call.Request.Stop.Count > 0)
            throw new DocumentRejectedException("stop", "is not supported with a model that answers from documents", $"Leave it out, or use {models.Name}.");
        var last = call.Request.Turns[^1];
        if (last.Role != UnifiedVlm.Model.Prompts.ChatRole.User)
            throw new DocumentRejectedException(last.Field, "is no question: its role is not user", "End with a user's message.");
        return new AnswerRequest(tenant, new InterleavedDocument { Id = "question", Parts = last.Parts })
        {
            Collection = call.Collection,
            Evidence = Evidence,
            Sampling = call.IsLimited ? call.DocumentSampling : call.DocumentSampling with { MaxTokens = SamplingOptions.Greedy.MaxTokens },
        };
    }

    internal async Task EmbedAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        using var body = await RequestBody.ReadAsync(context.Request, limits.MaxDocumentBytes, bodies, cancellationToken);
        await WriteVectorsAsync(context, caller, body, embeddings.Read(body.Bytes, caller), cancellationToken);
    }

    internal async Task RerankAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        using var body = await RequestBody.ReadAsync(context.Request, limits.MaxDocumentBytes, bodies, cancellationToken);
        await WriteRanksAsync(context, caller, body, reranks.Read(body.Bytes, caller), cancellationToken);
    }

    // Room first: nobody pays for what can't be sent. The request is let go before its client reads.
    private Task WriteVectorsAsync(HttpContext context, Caller caller, RequestBody body, EmbeddingCall call, CancellationToken cancellationToken)
    {
        models.CheckEmbeds(call.Model);
        if (call.Dimensions > models.Dimension)
            throw new DocumentRejectedException("dimensions", $"is {call.Dimensions}, the model's vectors have {models.Dimension}", "Ask for that many, for fewer, or leave it out.");
        var dimension = call.Dimensions ?? models.Dimension;
        return LargeReply.TryWriteAsync(
            context, transfers, (long)call.Input.Count * dimension * sizeof(float),
            async Task<EmbeddingList?> () =>
            {
                var embedded = await queries.EmbedAsync(call.Input, cancellationToken);
                body.Dispose();
                var tokens = embedded.Sum(static e => e.Tokens);
                caller.Charge(tokens);
                var entries = embedded.Select((e, i) => new EmbeddingEntry(i, Write(Shorten(e.Embedding.DocumentVector.Span, dimension), call.AsBase64)));
                return new EmbeddingList([.. entries], call.Model, Usage.OfInput(tokens));
            },
            OpenAiJson.Default.EmbeddingList);
    }

    private Task WriteRanksAsync(HttpContext context, Caller caller, RequestBody body, RerankCall call, CancellationToken cancellationToken)
    {
        models.CheckEmbeds(call.Model);
        var most = call.Top ?? int.MaxValue;
        var length = call.ReturnsDocuments ? call.Request.Documents.Select(RerankedDocument.LengthOf).OrderDescending().Take(most).Sum() : 0;
        return LargeReply.TryWriteAsync(
            context, transfers, length,
            async Task<RerankList?> () =>
            {
                var response = await queries.RerankAsync(call.Request, cancellationToken);
                body.Dispose();
                caller.Charge(response.Tokens);
                var results = response.Ranked.Take(most).Select(r => new RerankEntry(r.Index, r.Score, call.ReturnsDocuments ? RerankedDocument.From(call.Request.Documents[r.Index]) : null));
                return new RerankList($"rerank-{Guid.NewGuid():N}", call.Model, [.. results], Usage.OfInput(response.Tokens));
            },
            OpenAiJson.Default.RerankList);
    }

    /// <summary>The first so many values, made a unit vector again.</summary>
    private static float[] Shorten(ReadOnlySpan<float> vector, int dimension)
    {
        var kept = vector[..dimension].ToArray();
        if (dimension == vector.Length)
            return kept;
        var norm = MathF.Sqrt(kept.Sum(static v => v * v));
        return norm > 0 ? [.. kept.Select(v => v / norm)] : kept;
    }

    /// <summary>One node for all of its numbers: a request may ask for thousands of vectors.</summary>
    private static JsonNode Write(float[] vector, bool asBase64) =>
        asBase64 ? JsonValue.Create(Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector))) : JsonValue.Create(vector, OpenAiJson.Default.SingleArray)!;
}
