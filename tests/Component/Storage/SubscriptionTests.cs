using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Actors.Subscriptions;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Generations.Filling;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Storage.Search.Filters;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Tests.Component.Streams;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Saved queries, and what new documents raise with them. Vectors follow from contents: a query of the same content is met, others are far away.</summary>
public sealed class SubscriptionTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private const int Limit = 7;

    private static readonly LeasedWorkOptions Leases = new() { Lifetime = TimeSpan.FromMinutes(5), Interval = TimeSpan.FromMilliseconds(20) };

    private int encoded;
    private volatile bool away;
    private Func<InterleavedDocument, Task> encoding = static _ => Task.CompletedTask;

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
    public async Task What_could_not_be_listed_or_never_be_met_is_not_saved()
    {
        foreach (var (field, broken) in new (string, Func<NewSubscription, NewSubscription>)[]
        {
            ("threshold", static s => s with { Threshold = float.NaN }),
            ("alignment", static s => s with { Alignment = float.NaN }),
            ("alignment", static s => s with { Alignment = float.NegativeInfinity }),
            ("collection", static s => s with { Collection = "my docs" }),
        })
            Assert.Equal(field, (await Assert.ThrowsAsync<DocumentRejectedException>(() => AddAsync("one", broken))).Field);
        Assert.Empty(await Store.Subscriptions.ListAsync("a", CancellationToken.None));
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
        var documents = await log.ReadAsync(stream, 0, 10, long.MaxValue, CancellationToken.None);
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
    public async Task Documents_are_read_by_their_bytes_too_and_one_in_any_case()
    {
        await AddAsync("one");
        await WriteAsync([.. Enumerable.Range(0, 5).Select(static i => Make.Upsert(i, $"d{i}", 1, "one"))]);
        await WriteAsync(Make.Delete(5, "d0", 2));
        var (stream, log) = (await Store.Outbox.OpenAsync(1, CancellationToken.None), Store.OpenMatches(Model));
        var size = await ScalarAsync<int>("SELECT max(octet_length(vectors)) FROM uvlm.packed_1");
        foreach (var (limit, ids) in new (long, string)[] { (1, "d0 d1"), (size, "d0 d1"), (size + 1, "d0 d1 d2"), (3 * size, "d0 d1 d2 d3"), (long.MaxValue, "d0 d1 d2 d3 d4") })
            Assert.Equal((limit, ids), (limit, string.Join(' ', (await log.ReadAsync(stream, 0, 10, limit, CancellationToken.None)).Select(static d => d.Id))));
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
        Assert.Equal([bad], await FailedAsync());
        Assert.Equal(0, await ScalarAsync<long>($"SELECT count(*) FROM uvlm.subscription WHERE id = '{good}' AND fingerprint <> '{Model}'"));
    }

    [Fact]
    public async Task A_filter_that_its_own_reader_would_refuse_is_none_to_keep()
    {
        var day = new DateTimeOffset(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
        var longest = new FilterOr([.. Enumerable.Range(0, 20).Select(static i => FilterText.Parse($"a = \"{i}{new string('x', 1000)}\""))]);
        var most = Filter.All(FilterText.Parse(string.Join(" or ", Enumerable.Repeat("a = 1", 256))), Filter.Between(day, null))!;
        var deepest = Filter.All(FilterText.Parse(string.Concat(Enumerable.Repeat("not ", 15)) + "a = 1"), Filter.Between(day, null))!;
        foreach (var filter in (Filter[])[longest, most, deepest])
            Assert.Equal("filter", (await Assert.ThrowsAsync<DocumentRejectedException>(() => AddAsync("one", s => s with { Filter = filter }))).Field);
        Assert.Empty(await Store.Subscriptions.ListAsync("a", CancellationToken.None));
    }

    [Fact]
    public async Task A_filter_that_can_not_be_read_any_more_is_told_and_holds_up_nobody()
    {
        await AddAsync("one");
        var bad = await AddAsync("one", static s => s with { Filter = FilterText.Parse("x = 1") });
        await ExecuteAsync($"UPDATE uvlm.subscription SET filter = 'x\u00b2 = 1' WHERE id = '{bad}'");
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await MatchAllAsync();
        Assert.Equal(["x|1"], await MatchesAsync());
        Assert.Equal([bad], await FailedAsync());
    }

    [Fact]
    public async Task A_query_that_the_device_fails_on_or_takes_too_long_for_is_told_and_holds_up_nobody()
    {
        var bad = new List<Guid>();
        foreach (var content in (string[])["fails", "slow", "one"])
            bad.Add(await Store.Subscriptions.AddAsync(New(content), embedding: null, fingerprint: null, CancellationToken.None));
        bad.RemoveAt(2);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await MatchAllAsync();
        Assert.Equal(["x|1"], await MatchesAsync());
        Assert.Equal(bad.Order(), (await FailedAsync()).Order());
    }

    [Fact]
    public async Task A_subscription_that_can_not_be_compared_is_told_of_once_and_holds_up_no_document()
    {
        await AddAsync("one");
        var odd = Make.Embed("one");
        var vectors = odd.PartVectors.ToArray();
        // On the side of what all documents of this test are, so each of them is near it.
        vectors[^1] = odd.PartVectors.Span[^1] < 0 ? float.NegativeInfinity : float.PositiveInfinity;
        await Store.Subscriptions.AddAsync(New("one"), odd with { PartVectors = vectors }, Model, CancellationToken.None);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "one"));
        var log = new ListLogger();
        await using (Start(await Store.Outbox.OpenAsync(1, CancellationToken.None), loggers: new OneLogger(log)))
            await UntilMatchedAsync();
        Assert.Equal(["x|1", "y|1"], await MatchesAsync());
        Assert.Single(log.Lines, static line => line.StartsWith("2801 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_query_that_the_model_splits_into_too_many_parts_is_refused_or_told()
    {
        var refused = await Assert.ThrowsAsync<DocumentRejectedException>(() => Store.Subscriptions.AddAsync(New("long"), TooLong(), Model, CancellationToken.None));
        Assert.Equal("parts", refused.Field);
        Assert.Contains("513", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await Store.Subscriptions.ListAsync("a", CancellationToken.None));

        // Its vectors are made later, or were stored by an earlier program.
        var late = await Store.Subscriptions.AddAsync(New("long"), embedding: null, fingerprint: null, CancellationToken.None);
        await AddAsync("one");
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await MatchAllAsync();
        Assert.Equal(["x|1"], await MatchesAsync());
        Assert.Equal([late], await FailedAsync());
    }

    [Fact]
    public async Task While_the_device_is_away_documents_wait_and_no_query_is_blamed()
    {
        await Store.Subscriptions.AddAsync(New("one"), embedding: null, fingerprint: null, CancellationToken.None);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        (away, var tried) = (true, new TaskCompletionSource());
        // More often than a query is tried, and a word after it each time.
        encoding = _ =>
        {
            if (encoded > 8)
                tried.TrySetResult();
            return Task.CompletedTask;
        };
        var stream = await Store.Outbox.OpenAsync(2, CancellationToken.None);
        await using var matcher = Start(stream);
        await tried.Task.WaitAsync(Patience);
        Assert.Empty(await FailedAsync());
        Assert.Empty(await MatchesAsync());
        away = false;
        await UntilMatchedAsync();
        Assert.Equal(["x|1"], await MatchesAsync());
        Assert.Empty(await FailedAsync());
    }

    [Fact]
    public async Task Queries_are_read_one_by_one_so_one_that_is_removed_meanwhile_is_not_encoded()
    {
        for (var i = 0; i < 2; i++)
            await Store.Subscriptions.AddAsync(New("one"), embedding: null, fingerprint: null, CancellationToken.None);
        // They come in the order of their ids.
        encoding = async _ => await Store.Subscriptions.RemoveAsync("a", Guid.Parse(await ScalarAsync<string>("SELECT max(id::text) FROM uvlm.subscription")), CancellationToken.None);
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        await MatchAllAsync();
        Assert.Equal(1, encoded);
        Assert.Equal(["x|1"], await MatchesAsync());
    }

    [Fact]
    public async Task Who_is_removed_while_an_event_is_raised_raises_none_after_it()
    {
        var id = await AddAsync("one");
        var others = await AddAsync("one", tenant: "b");
        await WriteAsync(Make.Upsert(0, "x", 1, "one"));
        var (stream, log) = (await Store.Outbox.OpenAsync(1, CancellationToken.None), Store.OpenMatches(Model));
        var documents = await log.ReadAsync(stream, 0, 10, long.MaxValue, CancellationToken.None);
        await using var connection = await OpenAdminAsync();
        await using var removing = await connection.BeginTransactionAsync();
        await using (var remove = new NpgsqlCommand($"DELETE FROM uvlm.subscription WHERE id = '{id}'", connection))
            await remove.ExecuteNonQueryAsync();

        // Nor does a subscription of another tenant, whatever a matcher says.
        var lease = await TakeAsync();
        var finishing = log.FinishAsync(lease, documents, [.. new[] { id, others }.Select(s => new MatchedDocument(documents[0].EventId, s, "{}"u8.ToArray()))], CancellationToken.None);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%uvlm.subscription%')");
        await removing.CommitAsync();
        await finishing;
        Assert.Empty(await MatchesAsync());
    }

    /// <summary>As in a rolling replacement: the index is the new model's, and a node of the model before stores on.</summary>
    [Fact]
    public async Task What_a_node_of_another_model_stores_is_matched_once_the_vectors_are_there()
    {
        const string Next = "next";
        var made = await Store.Generations.CreateAsync(Next, Dimension);
        await using var filler = (await Store.TryFillAsync(made, "test"))!;
        while (await filler.SweepAsync(CancellationToken.None))
        {
        }

        await Store.Generations.SwitchAsync(made.Id, GenerationState.Filling, SwitchAllowance.None, TimeSpan.Zero);
        await Store.Subscriptions.AddAsync(New("one"), Make.Embed("one"), Next, CancellationToken.None);
        await WriteAsync(Make.Upsert(0, "late", 1, "one"), Make.Upsert(1, "odd", 1, "one"));
        var ingest = await Store.OpenIngestAsync(Next, Dimension);
        var lease = await ingest.AcquireAsync(Log with { Partition = 9 }, "next", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 1, [Make.Upsert(0, "now", 1, "one")], CancellationToken.None);

        // What waits comes first and fills a batch.
        await using var matcher = Start(await Store.Outbox.OpenAsync(1, CancellationToken.None), Next, batchRows: 1);
        await UntilAsync("SELECT EXISTS (SELECT FROM uvlm.outbox WHERE type = 'subscription.matched')");
        Assert.Equal(["now|1"], await MatchesAsync());
        Assert.Equal(["late", "odd"], await RowsAsync("SELECT document_id FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed' ORDER BY 1"));

        var pending = await filler.NextAsync(10, CancellationToken.None);
        await filler.WriteAsync([.. pending.Select(static p => p.Id == "odd" ? new FilledDocument(p, null, "too odd") : new FilledDocument(p, Make.Embed("one"), null))], CancellationToken.None);
        await UntilMatchedAsync();
        Assert.Equal(["late|1", "now|1"], await MatchesAsync());
    }

    [Fact]
    public async Task An_erased_tenant_has_none()
    {
        await AddAsync("one");
        await Store.Eraser.EraseTenantAsync("a", progress: null, CancellationToken.None);
        Assert.Equal(0, await ScalarAsync<long>("SELECT (SELECT count(*) FROM uvlm.subscription) + (SELECT count(*) FROM uvlm.subscription_set)"));
    }

    private static SequenceEmbedding TooLong() => Make.Embed("long", SubscriptionStore.MaxEmbeddedParts + 1);

    private static NewSubscription New(string content, string tenant = "a")
        => new(tenant, new InterleavedDocument { Id = "question", Parts = [new TextPart(content)] }, 0.95f);

    private Task<Guid> AddAsync(string content, Func<NewSubscription, NewSubscription>? with = null, string tenant = "a")
        => Store.Subscriptions.AddAsync((with ?? (static s => s))(New(content, tenant)), Make.Embed(content), Model, CancellationToken.None);

    private Task<List<string>> MatchesAsync() => RowsAsync("SELECT document_id, sequence FROM uvlm.outbox WHERE type = 'subscription.matched' ORDER BY document_id, sequence");

    private async Task<Lease> TakeAsync() => (await Store.Leases.TryTakeAsync(SubscriptionMatcher.LeaseName(0), "test", TimeSpan.FromMinutes(5), CancellationToken.None))!;

    private async Task MatchAllAsync()
    {
        await using var matcher = Start(await Store.Outbox.OpenAsync(2, CancellationToken.None));
        await UntilMatchedAsync();
    }

    private SubscriptionMatcher Start(EventStream stream, string model = Model, int batchRows = 64, ILoggerFactory? loggers = null) => SubscriptionMatcher.Start(
        Store, stream, "test", model, Dimension, EncodeAsync, new SubscriptionOptions { BatchRows = batchRows, PollInterval = TimeSpan.FromMilliseconds(10) },
        new QueryOptions { AlignmentThreads = 1 }, Leases, loggers ?? NullLoggerFactory.Instance, TimeProvider.System);

    private Task UntilMatchedAsync() => UntilAsync("SELECT NOT EXISTS (SELECT FROM uvlm.outbox WHERE match_pending AND type = 'document.indexed')");

    private async Task<IEnumerable<Guid>> FailedAsync()
        => (await Store.Subscriptions.ListAsync("a", CancellationToken.None)).Where(static s => s.Failure is not null).Select(static s => s.Id);

    private async Task<SequenceEmbedding> EncodeAsync(InterleavedDocument query, CancellationToken cancellationToken)
    {
        encoded++;
        await encoding(query);
        var content = ((TextPart)query.Parts[0]).Text;
        return content switch
        {
            _ when away || content == "slow" => throw new TimeoutException("It took longer than 30 s."),
            "broken" => throw new DocumentRejectedException("parts[0]", "can't be read", "Send another."),
            "fails" => throw new DeviceFailedException("encoding failed", new InvalidOperationException("It is odd.")),
            "long" => TooLong(),
            _ => Make.Embed(content),
        };
    }
}
