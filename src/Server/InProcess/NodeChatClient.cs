using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using ModelRole = UnifiedVlm.Model.Prompts.ChatRole;

namespace UnifiedVlm.Server.InProcess;

/// <summary>
/// Chat with the model of this very process: what the client library offers over HTTP, without a connection. From documents, the last message is the question and
/// what is cited comes as <see cref="CitationAnnotation"/>s.
/// </summary>
/// <param name="model">Its name.</param>
/// <param name="fromDocuments">Answers come from the tenant's documents; otherwise from the model alone.</param>
internal sealed class NodeChatClient(IQueryService queries, string model, string tenant, string? collection, bool fromDocuments) : IChatClient
{
    /// <summary>What the query service takes, unless it is told otherwise.</summary>
    private static readonly int LongestAnswer = new QueryOptions().MaxAnswerTokens;

    private readonly ChatClientMetadata metadata = new("unifiedvlm", defaultModelId: model);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (options?.ModelId is { } other && other != model)
            throw new NotSupportedException($"The model {other} is not supported: this client has {model}.");
        var request = ConversationReader.Read(messages, options, tenant, LongestAnswer, fromDocuments ? SamplingOptions.Greedy.Temperature : 1);
        if (request.Turns.Count == 0)
            throw new ArgumentException("There is no message.", nameof(messages));
        if (fromDocuments)
            CheckQuestion(request);
        return fromDocuments ? AnswerAsync(request, cancellationToken) : ChatAsync(request, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
            return null;
        return serviceType == typeof(ChatClientMetadata) ? metadata : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        // The query service is the node's.
    }

    /// <summary>As over HTTP.</summary>
    private static void CheckQuestion(ChatRequest request)
    {
        if (request.Stop.Count > 0)
            throw new NotSupportedException("Stop sequences are not supported with answers from documents: leave them out.");
        if (request.Turns[^1].Role != ModelRole.User)
            throw new NotSupportedException("The last message is no question, its role is not user: end with a user's message.");
    }

    private async IAsyncEnumerable<ChatResponseUpdate> ChatAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var prompt = 0;
        await foreach (var happened in queries.ChatAsync(request, cancellationToken).ConfigureAwait(false))
        {
            switch (happened)
            {
                case ChatBegun begun:
                    prompt = begun.PromptTokens;
                    break;
                case ChatToken { Text.Length: > 0 } token:
                    yield return Update(id, new TextContent(token.Text));
                    break;
                case ChatEnded ended:
                    if (ended.Text.Length > 0)
                        yield return Update(id, new TextContent(ended.Text));
                    yield return End(id, prompt, ended.Tokens, ended.Reason);
                    break;
            }
        }
    }

    private async IAsyncEnumerable<ChatResponseUpdate> AnswerAsync(ChatRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var question = new InterleavedDocument { Id = "question", Parts = request.Turns[^1].Parts };
        // A limit is an upper bound here, as it is over HTTP.
        var longest = request.FillsContext ? SamplingOptions.Greedy.MaxTokens : Math.Min(request.Sampling.MaxTokens, LongestAnswer);
        var sampling = request.Sampling with { MaxTokens = longest };
        IReadOnlyList<SearchHit> evidence = [];
        await foreach (var happened in queries.AnswerAsync(new AnswerRequest(tenant, question) { Collection = collection, Sampling = sampling }, cancellationToken).ConfigureAwait(false))
        {
            switch (happened)
            {
                case EvidenceEvent found:
                    evidence = found.Hits;
                    break;
                case TokenEvent { Token.Text.Length: > 0 } token:
                    yield return Update(id, new TextContent(token.Token.Text));
                    break;
                case CitationEvent citation:
                    yield return Update(id, new TextContent("") { Annotations = [Cite(citation, evidence)] });
                    break;
                case DoneEvent done:
                    yield return End(id, done.PromptTokens, done.Tokens, done.Reason);
                    break;
            }
        }
    }

    private static CitationAnnotation Cite(CitationEvent citation, IReadOnlyList<SearchHit> evidence)
    {
        var hit = evidence[citation.Number - 1];
        return new CitationAnnotation
        {
            FileId = hit.Id,
            Title = hit.Title,
            Snippet = hit.Matches.Count > 0 ? hit.Matches[0].Snippet : null,
            AdditionalProperties = new AdditionalPropertiesDictionary { ["number"] = citation.Number, ["position"] = citation.Position },
        };
    }

    private ChatResponseUpdate Update(string id, AIContent content) => new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = model };

    private ChatResponseUpdate End(string id, int promptTokens, int tokens, AnswerEnd reason)
    {
        var usage = new UsageDetails { InputTokenCount = promptTokens, OutputTokenCount = tokens, TotalTokenCount = promptTokens + tokens };
        var last = Update(id, new UsageContent(usage));
        last.FinishReason = reason == AnswerEnd.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
        return last;
    }
}
