using Microsoft.Extensions.Logging;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Storage.Search.Filters;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>The subscriptions of the tenants that a shard is at work for, in memory up to a limit. For one caller at a time.</summary>
/// <param name="encode">Makes the vectors of a query that has none of this model's yet.</param>
/// <param name="maxBytes">Of vectors; a tenant with more is alone.</param>
internal sealed class SubscriptionSets(
    MatchLog log, int dimension, Func<InterleavedDocument, CancellationToken, Task<SequenceEmbedding>> encode, long maxBytes, ILogger logger) : IDisposable
{
    /// <summary>Of a query that takes longer than a question may, on a device that encodes others.</summary>
    private const int MaxTries = 3;

    private static readonly InterleavedDocument Word = new() { Id = "question", Parts = [new TextPart("word")] };

    private readonly Dictionary<string, SubscriptionSet> sets = [];

    /// <param name="revision">A set of another one is read anew.</param>
    /// <remarks>What fails for a passing reason is thrown: the documents wait. What would fail again is noted at its subscription, which matches nothing then.</remarks>
    public async Task<SubscriptionSet> FindAsync(string tenant, long revision, CancellationToken cancellationToken)
    {
        if (sets.TryGetValue(tenant, out var known) && known.Revision >= revision)
            return known;
        Remove(tenant);
        var (found, saved) = await log.LoadAsync(tenant, cancellationToken).ConfigureAwait(false);
        var queries = new List<SavedQuery>();
        foreach (var query in saved)
        {
            if (await CompleteAsync(tenant, query, cancellationToken).ConfigureAwait(false) is { } complete)
                queries.Add(complete);
        }

        var set = new SubscriptionSet(found, queries, dimension, logger);
        while (sets.Count > 0 && sets.Values.Sum(static s => s.Bytes) + set.Bytes > maxBytes)
            Remove(sets.Keys.First());
        return sets[tenant] = set;
    }

    public void Dispose()
    {
        foreach (var set in sets.Values)
            set.Dispose();
    }

    /// <returns>With its vectors; null: it is removed, or matches nothing.</returns>
    private async Task<SavedQuery?> CompleteAsync(string tenant, SavedQuery saved, CancellationToken cancellationToken)
    {
        try
        {
            if (saved.Filter is { } filter)
                FilterText.Parse(filter);
            // Vectors of another length fit into no matrix of this set: they are made anew, like those that are not there.
            if (saved.Embedding is { } made && made.Dimension == dimension)
            {
                SubscriptionStore.CheckLength(made);
                return saved;
            }

            // One at a time: a tenant's together are gigabytes.
            if (await log.ReadQueryAsync(tenant, saved.Id, cancellationToken).ConfigureAwait(false) is not { } query)
                return null;
            var embedding = await EncodeAsync(DocumentJson.Parse(query), cancellationToken).ConfigureAwait(false);
            SubscriptionStore.CheckLength(embedding);
            await log.SaveAsync(tenant, saved.Id, embedding, failure: null, cancellationToken).ConfigureAwait(false);
            return saved with { Embedding = embedding };
        }
        catch (Exception failure) when (failure is DocumentRejectedException or DeviceFailedException)
        {
            SubscriptionLog.MatchesNothing(logger, saved.Id, failure.Message);
            await log.SaveAsync(tenant, saved.Id, embedding: null, failure.Message, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private async Task<SequenceEmbedding> EncodeAsync(InterleavedDocument query, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await encode(query, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException late)
            {
                // Where a single word takes too long as well, the query is not to blame: the documents wait.
                await encode(Word, cancellationToken).ConfigureAwait(false);
                if (tries == MaxTries)
                    throw new DocumentRejectedException("parts", $"were not encoded in {MaxTries} tries: {late.Message.TrimEnd('.')}", "Save a shorter query.", late);
            }
        }
    }

    private void Remove(string tenant)
    {
        if (sets.Remove(tenant, out var set))
            set.Dispose();
    }
}
