using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Cluster;

namespace UnifiedVlm.Server.Cluster;

/// <summary>What a node without the role query says to questions.</summary>
internal sealed class AbsentQueries : IQueryService
{
    public Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => throw Refusal();

    public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken) => throw Refusal();

    public IAsyncEnumerable<ChatEvent> ChatAsync(ChatRequest request, CancellationToken cancellationToken) => throw Refusal();

    public Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken) => throw Refusal();

    public Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken) => throw Refusal();

    private static RoleMissingException Refusal() => new(NodeRoles.Query);
}
