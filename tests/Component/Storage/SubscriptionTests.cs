using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Search.Filters;
using UnifiedVlm.Storage.Subscriptions;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Saved queries, and what new documents raise with them. Vectors follow from contents: a query of the same content is met, others are far away.</summary>
public sealed class SubscriptionTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const int Limit = 7;

    private static readonly LeasedWorkOptions Leases = new() { Lifetime = TimeSpan.FromMinutes(5), Interval = TimeSpan.FromMilliseconds(20) };

    private int encoded;

    protected override StoreOptions Options => base.Options with { SubscriptionsPerTenant = Limit };

    [Fact]
    public async Task They_are_listed_and_removed_by_their_tenant_alone_and_limited()
    {
        var first = await AddAsync("one", s => s with { Collection = "c", Filter = FilterText.Parse("year >= 2020"), Mode = SubscriptionMode.Parts, Alignment = -0.5f });
        await AddAsync("two", tenant: "b");
        var listed = Assert.Single(await Store.Subscriptions.ListAsync("a", CancellationToken.None));
        Assert.Equal((first, "c", "year >= 2020", SubscriptionMode.Parts, 0.95f, -0.5f), (listed.Id, listed.Collection, listed.Filter, listed.Mode, listed.Threshold, listed.Alignment));

        await Assert.ThrowsAsync<SubscriptionNotFoundException>(() => Store.Subscriptions.RemoveAsync("b", first, CancellationToken.None));
        await Store.Subscriptions.RemoveAsync("a", first, CancellationToken.None);
        Assert.Empty(await Store.Subscriptions.ListAsync("a", CancellationToken.None));

        for (var i = 0; i < Limit; i++)
            await AddAsync($"q{i}");
        await Assert.ThrowsAsync<SubscriptionLimitException>(() => AddAsync("one too many"));
        Assert.Equal(Limit, (await Store.Subscriptions.ListAsync("a", CancellationToken.None)).Count);
    }

    [Fact]
    public async Task A_document_raises_one_event_for_each_subscription_it_meets()
    {
        var met = await AddAsync("one");
        var filtered = await AddAsync("one", static s => s with { Filter = FilterText.Parse("$language = \"en\"") });
        await AddAsync("one", static s => s with { Filter = FilterText.Parse("$language = \"de\"") });
        await AddAsync("one", static s => s with { Collection = "other" });
        await AddAsync("far away");
        await AddAsync("one", tenant: "b");
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "something else"));
        await MatchAllAsync();

        var rows = await RowsAsync("SELECT tenant, document_id, sequence, data ->> 'subscription' FROM uvlm.outbox WHERE type = 'subscription.matched' ORDER BY 4");
        Assert.Equal(new[] { met, filtered }.Select(static id => $"a|x|1|{id}").Order(StringComparer.Ordinal), rows);
        var data = JsonNode.Parse(await ScalarAsync<string>("SELECT data::text FROM uvlm.outbox WHERE type = 'subscription.matched' LIMIT 1"))!;
        Assert.Equal(1, (double)data["similarity"]!, 2);
        Assert.Equal(0, (int)data["matches"]![0]!["document_part"]!);

        // The next version is another document to them.
        await WriteAsync(Make.Upsert(2, "x", 2, "no longer"), Make.Upsert(3, "y", 2, "one"));
        await MatchAllAsync();
        Assert.Equal(["x|1", "x|1", "y|2", "y|2"], await MatchesAsync());
    }

    [Fact]
    public async Task What_was_indexed_before_the_matcher_came_is_left_alone_only_if_it_was_there_before_subscriptions()
    {
        await WriteAsync(Make.Upsert(0, "old", 1, "one"));
        // As the migration leaves them.
        await ExecuteAsync("UPDATE uvlm.outbox SET match_pending = false");
        await AddAsync("one");
        await WriteAsync(Make.Upsert(1, "new", 1, "one"));
        await MatchAllAsync();
        Assert.Equal(["new|1"], await MatchesAsync());
    }

    [Fact]
    public async Task A_document_that_has_changed_or_gone_by_then_is_matched_as_what_it_is()
    {
        await AddAsync("one");
        await WriteAsync(Make.Upsert(0, "changed", 1, "one"), Make.Upsert(1, "deleted", 1, "one"), Make.Upsert(2, "erased", 1, "one"));
        await WriteAsync(Make.Upsert(3, "changed", 2, "two"), Make.Delete(4, "deleted", 2));
        await Store.Eraser.EraseDocumentAsync("a", "erased", CancellationToken.None);
        await MatchAllAsync();
        Assert.Empty(await MatchesAsync());
    }

    [Fact]
    public async Task Who_finishes_twice_or_too_late_raises_nothing_twice()
    {
        var id = await AddAsync("one");
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var (stream, log) = (await Store.Outbox.OpenAsync(1, CancellationToken.None), Store.OpenMatches(Model));
        var old = await TakeAsync();
        var documents = await log.ReadAsync(stream, 0, 10, CancellationToken.None);
        MatchedDocument[] matches = [new(documents[0].EventId, id, "{}"u8.ToArray()), new(documents[0].EventId, Guid.NewGuid(), "{}"u8.ToArray())];
        await ExecuteAsync("UPDATE uvlm.lease SET expires_at = now()");
        var young = await TakeAsync();

        await Assert.ThrowsAsync<LeaseLostException>(() => log.FinishAsync(old, documents, matches, CancellationToken.None));
        Assert.Empty(await MatchesAsync());
        await log.FinishAsync(young, documents, matches, CancellationToken.None);
        await log.FinishAsync(young, documents, matches, CancellationToken.None);
        // Once, and none of a subscription that is not there any more.
        Assert.Equal(["x|1"], await MatchesAsync());
    }

    [Fact]
    public async Task Queries_without_this_models_vectors_are_encoded_once_and_what_cannot_be_is_told()
    {
        var store = Store.Subscriptions;
        var good = await store.AddAsync(New("one"), embedding: null, fingerprint: null, CancellationToken.None);
        await store.AddAsync(New("one"), Make.Embed("of another model"), "another-model", CancellationToken.None);
        var bad = await store.AddAsync(New("broken"), embedding: null, fingerprint: null, CancellationToken.None);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await MatchAllAsync();
        await WriteAsync(Make.Upsert(1, "y", 1, "one"));
        await MatchAllAsync();
        Assert.Equal(["x|1", "x|1", "y|1", "y|1"], await MatchesAsync());
        Assert.Equal(3, encoded);
        Assert.Equal([bad], (await store.ListAsync("a", CancellationToken.None)).Where(static s => s.Failure is not null).Select(static s => s.Id));
        Assert.Equal(0, await ScalarAsync<long>($"SELECT count(*) FROM uvlm.subscription WHERE id = '{good}' AND fingerprint <> '{Model}'"));
    }

    [Fact]
    public async Task An_erased_tenant_has_none()
    {
        await AddAsync("one");
        await Store.Eraser.EraseTenantAsync("a", progress: null, CancellationToken.None);
        Assert.Equal(0, await ScalarAsync<long>("SELECT (SELECT count(*) FROM uvlm.subscription) + (SELECT count(*) FROM uvlm.subscription_set)"));
    }

    private static NewSubscription New(string content, string tenant = "a")
        => new(tenant, new InterleavedDocument { Id = "question", Parts = [new TextPart(content)] }, 0.95f);

    private Task<Guid> AddAsync(string content, Func<NewSubscription, NewSubscription>? with = null, string tenant = "a")
        => Store.Subscriptions.AddAsync((with ?? (static s => s))(New(content, tenant)), Make.Embed(content), Model, CancellationToken.None);

    private Task<List<string>> MatchesAsync() => RowsAsync("SELECT document_id, sequence FROM uvlm.outbox WHERE type = 'subscription.matched' ORDER BY document_id, sequence");

    private async Task<Lease> TakeAsync() => (await Store.Leases.TryTakeAsync(SubscriptionMatcher.LeaseName(0), "test", TimeSpan.FromMinutes(5), CancellationToken.None))!;

    private async Task MatchAllAsync()
    {
        var stream = await Store.Outbox.OpenAsync(2, CancellationToken.None);
        await using var matcher = SubscriptionMatcher.Start(
            Store, stream, "test", Model, Dimension, Encode, new SubscriptionOptions { PollInterval = TimeSpan.FromMilliseconds(10) }, new QueryOptions { AlignmentThreads = 1 },
            Leases, NullLoggerFactory.Instance, TimeProvider.System);
        await UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed')");
    }

    private Task<SequenceEmbedding> Encode(InterleavedDocument query, CancellationToken cancellationToken)
    {
        encoded++;
        var content = ((TextPart)query.Parts[0]).Text;
        return content == "broken" ? throw new DocumentRejectedException("parts[0]", "can't be read", "Send another.") : Task.FromResult(Make.Embed(content));
    }
}
