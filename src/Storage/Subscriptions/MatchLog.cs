using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Outbox;
using UnifiedVlm.Storage.Search.Filters;

namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>
/// The documents that are to be compared with subscriptions, read from their events in the outbox, shard by shard as those are published. Which have been compared stands at
/// the event itself, and changes in the transaction that writes what came of it: so a pair of subscription and document sequence raises one event, whatever is killed.
/// </summary>
public sealed partial class MatchLog
{
    private const string LiveSql = "SELECT id, dimension FROM uvlm.index_generation WHERE state = 'live' AND fingerprint = @fingerprint";

    // What the live generation has yet to be given the vectors of, because a node of another model stored it, is passed over until they are there. A scalar query is
    // one look into the index for every event, where a join might read all vectors.
    private const string ReadSql = """
        SELECT id, tenant, document_id, sequence, revision, collection, vectors FROM (
            SELECT o.id, o.tenant, o.document_id, o.sequence, s.revision, d.collection, p.vectors,
                coalesce(sum(octet_length(p.vectors)) OVER (ORDER BY o.id), 0) - coalesce(octet_length(p.vectors), 0) AS bytes_before
            FROM (
                SELECT u.* FROM unnest(@slots) AS w (slot)
                CROSS JOIN LATERAL (
                    SELECT * FROM uvlm.outbox u
                    WHERE u.slot = w.slot AND u.match_pending AND u.type = 'document.indexed' AND (
                        SELECT NOT EXISTS (SELECT FROM uvlm.packed_{g} p WHERE p.tenant = q.tenant AND p.id = q.id)
                        FROM uvlm.generation_pending q JOIN uvlm.subscription_set s ON s.tenant = q.tenant AND s.subscriptions > 0
                        WHERE q.generation = {g} AND q.tenant = u.tenant AND q.id = u.document_id AND q.problem IS NULL) IS NOT TRUE
                    ORDER BY u.id LIMIT @max) u
                ORDER BY u.id LIMIT @max) o
            LEFT JOIN uvlm.subscription_set s ON s.tenant = o.tenant AND s.subscriptions > 0
            LEFT JOIN uvlm.document d ON d.tenant = s.tenant AND d.id = o.document_id AND d.sequence = o.sequence AND NOT d.deleted
            LEFT JOIN uvlm.packed_{g} p ON p.tenant = d.tenant AND p.id = d.id) AS page
        WHERE bytes_before < @max_bytes
        ORDER BY id
        """;

    // The revision first: what changes in between is seen by the next look at it.
    private const string RevisionSql = "SELECT revision FROM uvlm.subscription_set WHERE tenant = @tenant";

    private const string LoadSql = """
        SELECT id, collection, filter, mode, threshold, alignment, CASE WHEN fingerprint = @fingerprint THEN vectors END
        FROM uvlm.subscription WHERE tenant = @tenant AND (failure IS NULL OR fingerprint IS DISTINCT FROM @fingerprint) ORDER BY id
        """;

    private const string QuerySql = "SELECT query FROM uvlm.subscription WHERE tenant = @tenant AND id = @id";

    private const string SaveSql = """
        UPDATE uvlm.subscription SET fingerprint = @fingerprint, vectors = @vectors, failure = @failure WHERE tenant = @tenant AND id = @id
        """;

    private const string PassingSql = """
        SELECT k.place::int - 1 FROM unnest(@paths, @values, @fields) WITH ORDINALITY AS k (path, vars, fields, place)
        JOIN uvlm.document d ON d.tenant = @tenant AND d.id = @id AND d.sequence = @sequence
        WHERE uvlm.passes(k.path::jsonpath, k.vars, k.fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at)
        """;

    // Whoever removes a subscription waits for this transaction, or has removed it for this statement too.
    private const string FinishSql = """
        WITH done AS (UPDATE uvlm.outbox SET match_pending = false WHERE id = ANY (@ids) AND match_pending RETURNING id, tenant, document_id, sequence)
        INSERT INTO uvlm.outbox (type, tenant, document_id, sequence, data)
        SELECT @type, done.tenant, done.document_id, done.sequence, k.data
        FROM unnest(@events, @subscriptions::uuid[], @data) WITH ORDINALITY AS k (event, subscription, data, place)
        JOIN done ON done.id = k.event
        JOIN uvlm.subscription s ON s.tenant = done.tenant AND s.id = k.subscription
        ORDER BY k.place
        FOR KEY SHARE OF s
        """;

    /// <summary>UTF-16 code units.</summary>
    private const int MaxFailureLength = 4096;

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly BoundedCalls _calls;
    private readonly string _fingerprint;
    private readonly ILogger _logger;

    internal MatchLog(DataSources sources, StoreOptions options, string fingerprint, ILogger<MatchLog> logger)
        => (_sources, _options, _fingerprint, _calls, _logger) = (sources, options, fingerprint, new BoundedCalls(logger), logger);

    /// <summary>The first documents of a shard that have not been compared, in the order of their events.</summary>
    /// <param name="maxBytes">Ends the page once its vectors reach this: the first document comes whatever its size.</param>
    /// <exception cref="InvalidOperationException">The live index is another model's.</exception>
    public Task<IReadOnlyList<IndexedDocument>> ReadAsync(EventStream stream, int shard, int maxRows, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return _calls.RunAsync("Reading documents to match", token => ReadOnceAsync(stream, shard, maxRows, maxBytes, token), cancellationToken);
    }

    /// <summary>A tenant's subscriptions, but for those that have failed with this model.</summary>
    public Task<(long Revision, IReadOnlyList<SavedQuery> Queries)> LoadAsync(string tenant, CancellationToken cancellationToken)
        => _calls.RunAsync("Loading subscriptions", token => LoadOnceAsync(tenant, token), cancellationToken);

    /// <returns>A subscription's query as a document's JSON; null once it is removed.</returns>
    public Task<byte[]?> ReadQueryAsync(string tenant, Guid id, CancellationToken cancellationToken)
        => _calls.RunAsync("Reading a subscription's query", token => ReadQueryOnceAsync(tenant, id, token), cancellationToken);

    /// <summary>Keeps what the model made of a query, or why the subscription matches nothing.</summary>
    public Task SaveAsync(string tenant, Guid id, SequenceEmbedding? embedding, string? failure, CancellationToken cancellationToken)
        => _calls.RunAsync("Keeping a subscription's vectors", token => SaveOnceAsync(tenant, id, embedding, failure, token), cancellationToken);

    /// <returns>Which of the filters the document passes; none once it has changed.</returns>
    public async Task<IReadOnlySet<string>> FindPassedAsync(IndexedDocument document, IReadOnlyCollection<string> filters, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (filters.Count == 0)
            return new HashSet<string>();
        return await _calls.RunAsync("Asking which filters a document passes", token => FindPassedOnceAsync(document, [.. filters], token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Notes that documents have been compared, and raises what came of it, at once or not at all. Where it is not known which, they are compared again, and raise nothing where
    /// it counted.
    /// </summary>
    /// <exception cref="LeaseLostException">Another has the shard; nothing is written.</exception>
    public Task FinishAsync(Lease lease, IReadOnlyList<IndexedDocument> documents, IReadOnlyList<MatchedDocument> matches, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _calls.RunAsync("Writing what was matched", token => FinishOnceAsync(lease, documents, matches, token), cancellationToken);
    }

    private async Task<IReadOnlyList<IndexedDocument>> ReadOnceAsync(EventStream stream, int shard, int maxRows, long maxBytes, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var find = new NpgsqlBatch(connection);
        find.Add(LiveSql).With("fingerprint", _fingerprint);
        int generation, dimension;
        await using (var live = await find.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!await live.ReadAsync(cancellationToken).ConfigureAwait(false))
                throw new InvalidOperationException($"The live index is not of the model {_fingerprint}: subscriptions are matched by nodes that have its model.");
            (generation, dimension) = (live.GetInt32(0), live.GetInt32(1));
        }

        await using var batch = new NpgsqlBatch(connection);
        batch.Add(GenerationTables.For(ReadSql, generation)).With("slots", stream.SlotsOf(shard)).With("max", maxRows).With("max_bytes", (long?)maxBytes);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var documents = new List<IndexedDocument>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var (tenant, id) = (reader.GetString(1), reader.GetString(2));
            documents.Add(new IndexedDocument(
                reader.GetInt64(0), tenant, id, reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.IsDBNull(5) ? null : reader.GetString(5),
                reader.IsDBNull(6) ? null : Unpack(reader.GetFieldValue<byte[]>(6), dimension, problem => LogDamagedDocument(tenant, id, problem))));
        }
        return documents;
    }

    private async Task<(long Revision, IReadOnlyList<SavedQuery> Queries)> LoadOnceAsync(string tenant, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(RevisionSql).With("tenant", tenant);
        batch.Add(LoadSql).With("tenant", tenant).With("fingerprint", _fingerprint);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var revision = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetInt64(0) : 0;
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var queries = new List<SavedQuery>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var id = reader.GetGuid(0);
            queries.Add(new SavedQuery(
                id, reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), SubscriptionStore.Mode(reader.GetString(3)),
                reader.GetFloat(4), reader.IsDBNull(5) ? null : reader.GetFloat(5),
                reader.IsDBNull(6) ? null : Unpack(reader.GetFieldValue<byte[]>(6), dimension: null, problem => LogDamagedSubscription(id, problem))));
        }
        return (revision, queries);
    }

    /// <summary>What is damaged holds up nothing else: it is told of, and taken for missing.</summary>
    /// <param name="dimension">Of the index; null: any.</param>
    private static SequenceEmbedding? Unpack(byte[] packed, int? dimension, Action<string> tell)
    {
        try
        {
            var embedding = PackedSequence.Unpack(packed);
            if (dimension is null || embedding.Dimension == dimension)
                return embedding;
            tell(string.Create(CultureInfo.InvariantCulture, $"Packed vectors have {embedding.Dimension} dimensions, the index {dimension}."));
        }
        catch (InvalidDataException damaged)
        {
            tell(damaged.Message);
        }
        return null;
    }

    private async Task<byte[]?> ReadQueryOnceAsync(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(QuerySql).With("tenant", tenant).With("id", id);
        return await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as byte[];
    }

    private async Task SaveOnceAsync(string tenant, Guid id, SequenceEmbedding? embedding, string? failure, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        var save = batch.Add(SaveSql).With("tenant", tenant).With("id", id).With("fingerprint", _fingerprint).With("failure", SafeText.CleanOrNull(failure, MaxFailureLength));
        save.Parameters.Add(new NpgsqlParameter("vectors", NpgsqlTypes.NpgsqlDbType.Bytea) { Value = embedding is null ? DBNull.Value : PackedSequence.Pack(embedding) });
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlySet<string>> FindPassedOnceAsync(IndexedDocument document, string[] texts, CancellationToken cancellationToken)
    {
        var compiled = Array.ConvertAll(texts, static text => FilterCompiler.Compile(FilterText.Parse(text)));
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(PassingSql).With("tenant", document.Tenant).With("id", document.Id).With("sequence", (long?)document.Sequence)
            .With("paths", compiled.Select(static c => (string?)c.Path)).WithJson("values", compiled.Select(static c => (string?)c.Values))
            .With("fields", compiled.Select(static c => c.UsesDocument));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var passed = new HashSet<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            passed.Add(texts[reader.GetInt32(0)]);
        return passed;
    }

    private async Task FinishOnceAsync(Lease lease, IReadOnlyList<IndexedDocument> documents, IReadOnlyList<MatchedDocument> matches, CancellationToken cancellationToken)
    {
        await using var transaction = await LeasedTransaction.BeginAsync(_sources, _options, lease, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(transaction.Connection);
        batch.Add(FinishSql).With("ids", documents.Select(static d => d.EventId)).With("type", OutboxEvent.Matched)
            .With("events", matches.Select(static m => m.EventId)).With("subscriptions", matches.Select(static m => (string?)m.Subscription.ToString()))
            .WithJson("data", matches.Select(static m => (byte[]?)m.Data));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(3740, LogLevel.Warning, "The vectors of document {Tenant}/{Id} can't be read, so it is compared with no subscription (uvlm verify finds such documents): {Problem}")]
    private partial void LogDamagedDocument(string tenant, string id, string problem);

    [LoggerMessage(3741, LogLevel.Warning, "The vectors of subscription {Id} can't be read, its query is encoded anew: {Problem}")]
    private partial void LogDamagedSubscription(Guid id, string problem);
}
