using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;

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
        var request = ConversationReader.Read(messages, options, tenant, LongestAnswer);
        if (request.Turns.Count == 0)
            throw new ArgumentException("There is no message.", nameof(messages));
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
        var sampling = request.FillsContext ? request.Sampling with { MaxTokens = SamplingOptions.Greedy.MaxTokens } : request.Sampling;
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
