namespace UnifiedVlm.Actors.Queries;

/// <param name="Ranked">All documents, best first; equal scores in the order given.</param>
/// <param name="Tokens">Of the query and the documents.</param>
public sealed record RerankResponse(IReadOnlyList<RankedDocument> Ranked, int Tokens);
