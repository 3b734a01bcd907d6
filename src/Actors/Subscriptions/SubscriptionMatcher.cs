using Microsoft.Extensions.Logging;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Actors.Subscriptions;

/// <summary>
/// Compares every document that is indexed with the subscriptions of its tenant, each shard by the one node that holds its lease: a threshold on vectors, then filters, then
/// alignment. What was compared and the events that came of it are one transaction.
/// </summary>
public sealed class SubscriptionMatcher : IAsyncDisposable
{
    private readonly MatchLog log;
    private readonly EventStream stream;
    private readonly int dimension;
    private readonly Func<InterleavedDocument, CancellationToken, Task<SequenceEmbedding>> encode;
    private readonly SubscriptionOptions options;
    private readonly QueryOptions queries;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly SubscriptionMeter meter = new();
    private readonly LeasedWork[] shards;

    private SubscriptionMatcher(
        Store store, EventStream stream, string owner, string fingerprint, int dimension, Func<InterleavedDocument, CancellationToken, Task<SequenceEmbedding>> encode,
        SubscriptionOptions options, QueryOptions queries, LeasedWorkOptions leases, ILoggerFactory loggers, TimeProvider time)
    {
        (log, this.stream, this.dimension, this.encode, this.options, this.queries, this.time) = (store.OpenMatches(fingerprint), stream, dimension, encode, options, queries, time);
        logger = loggers.CreateLogger<SubscriptionMatcher>();
        shards = [.. Enumerable.Range(0, stream.Shards).Select(shard => new LeasedWork(
            store.Leases, LeaseName(shard), owner, leases, (lease, token) => MatchAsync(lease, shard, token), loggers.CreateLogger<LeasedWork>(), time))];
    }

    public static string LeaseName(int shard) => FormattableString.Invariant($"matcher/{shard}");

    /// <summary>From now on until it is disposed of, which has to be before the store.</summary>
    /// <param name="stream">The database's.</param>
    /// <param name="owner">Who takes the leases.</param>
    /// <param name="fingerprint">Of the model behind <paramref name="encode"/>, whose index has to be the live one.</param>
    /// <param name="encode">Makes the vectors of a query; throws <see cref="DocumentRejectedException"/> where it never can.</param>
    /// <param name="queries">How sequences are aligned.</param>
    public static SubscriptionMatcher Start(
        Store store, EventStream stream, string owner, string fingerprint, int dimension, Func<InterleavedDocument, CancellationToken, Task<SequenceEmbedding>> encode,
        SubscriptionOptions options, QueryOptions queries, LeasedWorkOptions leases, ILoggerFactory loggers, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        return new SubscriptionMatcher(store, stream, owner, fingerprint, dimension, encode, options, queries, leases, loggers, time);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(shards.Select(static shard => shard.DisposeAsync().AsTask())).ConfigureAwait(false);
        meter.Dispose();
    }

    private async Task MatchAsync(Lease lease, int shard, CancellationToken cancellationToken)
    {
        using var sets = new SubscriptionSets(log, dimension, encode, options.MaxBytes, logger);
        while (true)
        {
            var documents = await log.ReadAsync(stream, shard, options.BatchRows, options.BatchBytes, cancellationToken).ConfigureAwait(false);
            if (documents.Count == 0)
            {
                await Task.Delay(options.PollInterval, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var matches = new List<MatchedDocument>();
            foreach (var document in documents)
            {
                if (document.Embedding is not null)
                    matches.AddRange(await MatchAsync(document, sets, cancellationToken).ConfigureAwait(false));
            }

            await log.FinishAsync(lease, documents, matches, cancellationToken).ConfigureAwait(false);
            meter.Matched(matches.Count);
        }
    }

    private async Task<IEnumerable<MatchedDocument>> MatchAsync(IndexedDocument document, SubscriptionSets sets, CancellationToken cancellationToken)
    {
        var set = await sets.FindAsync(document.Tenant, document.Revision!.Value, cancellationToken).ConfigureAwait(false);
        var began = time.GetTimestamp();
        var near = set.FindNear(document.Embedding!, document.Collection!, cancellationToken);
        var filters = near.Select(static n => n.Query.Filter).OfType<string>().Distinct().ToArray();
        if (filters.Length > 0)
        {
            var passed = await log.FindPassedAsync(document, filters, cancellationToken).ConfigureAwait(false);
            near = [.. near.Where(n => n.Query.Filter is null || passed.Contains(n.Query.Filter))];
        }

        var hits = set.Align(document.Embedding!, near, queries, cancellationToken);
        meter.Compared(time.GetElapsedTime(began));
        return hits.Select(hit => MatchedEvent.Of(document, hit));
    }
}
