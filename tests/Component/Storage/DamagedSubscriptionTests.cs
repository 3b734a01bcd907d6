using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Tests.Component.Streams;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Rows of subscriptions, and of the documents that they are compared with, that are not what the program writes.</summary>
public sealed class DamagedSubscriptionTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly LeasedWorkOptions Leases = new() { Lifetime = TimeSpan.FromMinutes(5), Interval = TimeSpan.FromMilliseconds(20) };

    private int encoded;

    [Fact]
    public async Task Vectors_that_can_not_be_read_hold_up_nobody()
    {
        var log = new ListLogger();
        using var loggers = new OneLogger(log);
        await using var store = await Store.OpenAsync(Options, loggers);
        await AddAsync(Make.Embed("one"));
        var unreadable = await AddAsync(Make.Embed("one"));
        await AddAsync(Make.Embed("one", dimension: 2 * Dimension));
        await WriteAsync(Make.Upsert(0, "unreadable", 1, "one"), Make.Upsert(1, "wide", 1, "one"), Make.Upsert(2, "x", 1, "one"));
        var wide = Convert.ToHexString(PackedSequence.Pack(Make.Embed("one", dimension: 2 * Dimension)));
        await ExecuteAsync($"""
            UPDATE uvlm.subscription SET vectors = 'damaged' WHERE id = '{unreadable}';
            UPDATE uvlm.packed_1 SET vectors = 'damaged' WHERE id = 'unreadable';
            UPDATE uvlm.packed_1 SET vectors = decode('{wide}', 'hex') WHERE id = 'wide'
            """);

        await using (SubscriptionMatcher.Start(
            store, await store.Outbox.OpenAsync(1, CancellationToken.None), "test", Model, Dimension, EncodeAsync, new SubscriptionOptions { PollInterval = TimeSpan.FromMilliseconds(10) },
            new QueryOptions { AlignmentThreads = 1 }, Leases, NullLoggerFactory.Instance, TimeProvider.System))
            await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed')");

        // By all three, of which two were encoded anew.
        Assert.Equal(["x", "x", "x"], await RowsAsync("SELECT document_id FROM uvlm.outbox WHERE type = 'subscription.matched'"));
        Assert.Equal(2, encoded);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(DISTINCT octet_length(vectors)) FROM uvlm.subscription"));
        foreach (var id in (string[])["unreadable", "wide"])
            Assert.Contains(log.Lines, line => line.StartsWith($"3740 The vectors of document a/{id} ", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.StartsWith($"3741 The vectors of subscription {unreadable} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_whose_tenant_has_lost_its_count_can_be_removed()
    {
        var id = await AddAsync(Make.Embed("one"));
        await ExecuteAsync("DELETE FROM uvlm.subscription_set");

        await Store.Subscriptions.RemoveAsync("a", id, CancellationToken.None);

        Assert.Empty(await Store.Subscriptions.ListAsync("a", CancellationToken.None));
        await Assert.ThrowsAsync<SubscriptionNotFoundException>(() => Store.Subscriptions.RemoveAsync("a", id, CancellationToken.None));
    }

    private Task<Guid> AddAsync(SequenceEmbedding embedding) => Store.Subscriptions.AddAsync(
        new NewSubscription("a", new InterleavedDocument { Id = "question", Parts = [new TextPart("one")] }, 0.95f), embedding, Model, CancellationToken.None);

    private Task<SequenceEmbedding> EncodeAsync(InterleavedDocument query, CancellationToken cancellationToken)
    {
        encoded++;
        return Task.FromResult(Make.Embed(((TextPart)query.Parts[0]).Text));
    }
}
