using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Status;

/// <summary>What an index generation holds and lacks.</summary>
/// <param name="Documents">With vectors in it.</param>
/// <param name="Pending">Documents whose newest content a program with its model has yet to encode; while it is filled for the first time, those that were found so far.</param>
/// <param name="Failed">Documents that its model could not take.</param>
/// <param name="Failures">Some of them.</param>
/// <param name="Bytes">Of its tables and indexes.</param>
/// <param name="Index">Null: it has been dropped since.</param>
/// <param name="FilledAt">When a pass over all documents last found nothing more that it lacks; null: never.</param>
/// <param name="SwitchedAt">When it became the live one, the last time.</param>
public sealed record GenerationSummary(
    IndexGeneration Generation, long Documents, long Pending, long Failed, IReadOnlyList<FailedDocument> Failures, long Bytes, VectorIndexStatus? Index,
    DateTimeOffset CreatedAt, DateTimeOffset? FilledAt, DateTimeOffset? SwitchedAt);

/// <param name="Problem">Why a model could not take it.</param>
public sealed record FailedDocument(string Tenant, string Id, string Problem);
