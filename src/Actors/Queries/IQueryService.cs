using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Queries;

/// <summary>Finds documents and answers questions from them. Thread-safe.</summary>
/// <remarks>
/// All of them throw <see cref="DeviceBusyException"/> when too many questions are under way here or on the device (HTTP 429),
/// <see cref="DocumentRejectedException"/> for a request that can't be served (400),
/// <see cref="TimeoutException"/> when it took too long (504), and <see cref="DeviceLostException"/>, <see cref="DeviceFailedException"/> or
/// <see cref="ActorStoppedException"/> when it can't be served now (503).
/// </remarks>
public interface IQueryService
{
    Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken);

    /// <summary>Begins when it is enumerated. Leaving the enumeration stops the answer.</summary>
    IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken);

    /// <summary>Continues a conversation without documents. Begins when it is enumerated. Leaving the enumeration stops it.</summary>
    IAsyncEnumerable<ChatEvent> ChatAsync(ChatRequest request, CancellationToken cancellationToken);

    /// <returns>One for each document, in order.</returns>
    Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken);

    Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken);
}
