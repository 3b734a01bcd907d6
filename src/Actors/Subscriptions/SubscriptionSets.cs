using Microsoft.Extensions.Logging;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>The subscriptions of the tenants that a shard is at work for, in memory up to a limit. For one caller at a time.</summary>
/// <param name="encode">Makes the vectors of a query that has none of this model's yet.</param>
/// <param name="maxBytes">Of vectors; a tenant with more is alone.</param>
internal sealed class SubscriptionSets(
    MatchLog log, int dimension, Func<InterleavedDocument, CancellationToken, Task<SequenceEmbedding>> encode, long maxBytes, ILogger logger) : IDisposable
{
    private readonly Dictionary<string, SubscriptionSet> sets = [];

    /// <param name="revision">A set of another one is read anew.</param>
    /// <remarks>What fails for a passing reason is thrown: the documents wait.</remarks>
    public async Task<SubscriptionSet> FindAsync(string tenant, long revision, CancellationToken cancellationToken)
    {
        if (sets.TryGetValue(tenant, out var known) && known.Revision >= revision)
            return known;
        Remove(tenant);
        var (found, saved) = await log.LoadAsync(tenant, cancellationToken).ConfigureAwait(false);
        var queries = new List<SavedQuery>();
        foreach (var query in saved)
        {
            if (query.Embedding is not null)
                queries.Add(query);
            else if (await EncodeAsync(query, cancellationToken).ConfigureAwait(false) is { } embedding)
                queries.Add(query with { Embedding = embedding, Query = null });
        }

        var set = new SubscriptionSet(found, queries, dimension);
        while (sets.Count > 0 && sets.Values.Sum(static s => s.Bytes) + set.Bytes > maxBytes)
            Remove(sets.Keys.First());
        return sets[tenant] = set;
    }

    public void Dispose()
    {
        foreach (var set in sets.Values)
            set.Dispose();
    }

    private async Task<SequenceEmbedding?> EncodeAsync(SavedQuery query, CancellationToken cancellationToken)
    {
        try
        {
            var embedding = await encode(DocumentJson.Parse(query.Query!.Value), cancellationToken).ConfigureAwait(false);
            await log.SaveAsync(query.Id, embedding, failure: null, cancellationToken).ConfigureAwait(false);
            return embedding;
        }
        catch (DocumentRejectedException rejected)
        {
            SubscriptionLog.NotEncoded(logger, query.Id, rejected.Message);
            await log.SaveAsync(query.Id, embedding: null, rejected.Message, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private void Remove(string tenant)
    {
        if (sets.Remove(tenant, out var set))
            set.Dispose();
    }
}
