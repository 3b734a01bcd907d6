using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Care;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Content;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Generations.Filling;

/// <summary>
/// Brings the newest content of every document into one generation: finds what it lacks, hands it out to be encoded, and writes the vectors under the documents' locks.
/// Not thread-safe, but that a batch may be written while the next one is read. It holds a lease; whoever has lost it writes nothing.
/// </summary>
public sealed partial class GenerationFiller : IAsyncDisposable
{
    /// <summary>Without renewal for so long another program may fill: what one that comes after a killed one waits.</summary>
    internal static readonly TimeSpan LeaseLifetime = TimeSpan.FromSeconds(10);

    private const int SweepDocuments = 1000;

    // A document that was written since is entered by its writer.
    private const string SweepSql = """
        WITH page AS MATERIALIZED (
                SELECT tenant, id, deleted, content_hash FROM uvlm.document WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT @max),
            entered AS (
                INSERT INTO uvlm.generation_pending (generation, tenant, id)
                SELECT {g}, d.tenant, d.id FROM page d LEFT JOIN uvlm.packed_{g} p ON p.tenant = d.tenant AND p.id = d.id
                WHERE CASE WHEN d.deleted THEN p.id IS NOT NULL ELSE p.content_hash IS DISTINCT FROM d.content_hash END
                ORDER BY d.tenant, d.id
                ON CONFLICT DO NOTHING)
        SELECT tenant, id FROM page ORDER BY tenant DESC, id DESC LIMIT 1
        """;

    private const string AgainSql = "UPDATE uvlm.generation_pending SET problem = NULL WHERE generation = @id AND problem IS NOT NULL";

    private const string ProgressSql = """
        SELECT (SELECT count(*) FROM uvlm.packed_{g}), (SELECT count(*) FROM uvlm.document WHERE NOT deleted),
            (SELECT count(problem) FROM uvlm.generation_pending WHERE generation = {g})
        """;

    private const string StateSql = """
        SELECT d.tenant, d.id, d.deleted, d.content_hash, p.content_hash
        FROM unnest(@tenants, @ids) AS k (tenant, id)
        JOIN uvlm.document d ON d.tenant = k.tenant AND d.id = k.id
        LEFT JOIN uvlm.packed_{g} p ON p.tenant = d.tenant AND p.id = d.id
        """;

    // Of a document without a row there is no lock: its writer may be entering it anew at this moment.
    private const string SettleSql = """
        DELETE FROM uvlm.generation_pending q USING unnest(@tenants, @ids, @entries) AS k (tenant, id, entry)
        WHERE q.generation = {g} AND q.tenant = k.tenant AND q.id = k.id AND q.entry = k.entry
        """;

    private const string ProblemSql = """
        UPDATE uvlm.generation_pending q SET problem = k.problem FROM unnest(@tenants, @ids, @entries, @problems) AS k (tenant, id, entry, problem)
        WHERE q.generation = {g} AND q.tenant = k.tenant AND q.id = k.id AND q.entry = k.entry
        """;

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly LeaseKeeper _lease;
    private readonly RetryPolicy _retry;
    private DocumentKey? _swept = new("", "");
    private DocumentKey _read = new("", "");

    internal GenerationFiller(DataSources sources, StoreOptions options, IndexGeneration generation, LeaseKeeper lease, ILogger<GenerationFiller> logger)
    {
        _sources = sources;
        _options = options;
        Generation = generation;
        _lease = lease;
        _retry = new RetryPolicy(sources, options.WriteRetryWindow, logger);
    }

    /// <summary>One program fills at a time, or documents would be encoded twice.</summary>
    internal static string LeaseName(IndexGeneration generation) => GenerationTables.For("index-fill:{g}", generation.Id);

    /// <summary>As it was when filling began.</summary>
    public IndexGeneration Generation { get; }

    /// <summary>Cancelled when another program has taken over.</summary>
    public CancellationToken Lost => _lease.Lost;

    /// <summary>What its model could not take is tried again.</summary>
    public Task TryFailedAgainAsync(CancellationToken cancellationToken) => _retry.RunAsync("Trying failed documents again", async token =>
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(AgainSql, connection);
        command.Parameters.AddWithValue("id", Generation.Id);
        return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Looks at the next documents in the order of their keys and enters those that the generation lacks.</summary>
    /// <returns>False: all were looked at. What is written later is entered by its writer.</returns>
    public async Task<bool> SweepAsync(CancellationToken cancellationToken)
    {
        if (_swept is not { } after)
            return false;
        _swept = await _retry.RunAsync("Looking for what an index lacks", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(GenerationTables.For(SweepSql, Generation.Id)).With("tenant", after.Tenant).With("id", after.Id).With("max", SweepDocuments);
            await using var reader = await batch.ExecuteReaderAsync(token).ConfigureAwait(false);
            return await reader.ReadAsync(token).ConfigureAwait(false) ? new DocumentKey(reader.GetString(0), reader.GetString(1)) : (DocumentKey?)null;
        }, cancellationToken).ConfigureAwait(false);
        if (_swept is not null)
            return true;
        await NoteFilledAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Counts; some time on a large store.</summary>
    public Task<FillProgress> ReadProgressAsync(CancellationToken cancellationToken) => _retry.RunAsync("Counting what is filled", async token =>
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(GenerationTables.For(ProgressSql, Generation.Id), connection);
        await using var reader = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
        await reader.ReadAsync(token).ConfigureAwait(false);
        return new FillProgress(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }, cancellationToken);

    /// <summary>One transaction. A document that has changed since it was read stays pending.</summary>
    /// <returns>How many have vectors now that had none.</returns>
    /// <exception cref="GenerationException">Another program has taken over.</exception>
    /// <exception cref="IndexMismatchException">The generation was dropped.</exception>
    public Task<int> WriteAsync(IReadOnlyList<FilledDocument> filled, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filled);
        return _retry.RunAsync("Filling an index", token => ExplainedAsync(() => WriteOnceAsync(filled, token), token), cancellationToken);
    }

    /// <summary>Lets another program fill on.</summary>
    public ValueTask DisposeAsync() => _lease.DisposeAsync();

    private async Task<int> WriteOnceAsync(IReadOnlyList<FilledDocument> filled, CancellationToken cancellationToken)
    {
        var byKey = filled.ToDictionary(static f => new DocumentKey(f.Pending.Tenant, f.Pending.Id));
        var keys = byKey.Keys.Order().ToArray();
        await using var care = await CareTransaction.BeginAsync(_sources, _options, cancellationToken, holdGenerations: false).ConfigureAwait(false);
        await CheckLeaseAsync(care, cancellationToken).ConfigureAwait(false);
        await care.LockAsync(keys, cancellationToken).ConfigureAwait(false);
        var stored = await ReadStateAsync(care, keys, cancellationToken).ConfigureAwait(false);

        var (deleted, encoded, settled, failed) = (new List<DocumentKey>(), new List<EncodedDocument>(), new List<PendingDocument>(), new List<FilledDocument>());
        foreach (var key in keys)
        {
            var item = byKey[key];
            if (!stored.TryGetValue(key, out var state))
            {
                // Vectors are left alone: nothing keeps a writer of this model from storing the document anew at this moment.
            }
            else if (state.Deleted)
            {
                deleted.Add(key);
            }
            else if (!state.HasVectors)
            {
                if (!item.Pending.ContentHash.Span.SequenceEqual(state.ContentHash))
                    continue; // It has changed since, and stays pending.
                if (item.Embedding is not { } embedding)
                {
                    failed.Add(item);
                    continue;
                }
                encoded.Add(new EncodedDocument(key, item.Pending.Document!.Collection, item.Pending.ContentHash, embedding));
            }
            settled.Add(item.Pending);
        }
        await using var batch = new NpgsqlBatch(care.Connection);
        // Old vectors too, of a program that did not know of this generation.
        batch.AddDrops(Generation.Id, [.. deleted, .. encoded.Select(e => e.Key), .. failed.Select(f => new DocumentKey(f.Pending.Tenant, f.Pending.Id))]);
        batch.AddVectors(Generation.Id, encoded);
        Keyed(batch.Add(GenerationTables.For(SettleSql, Generation.Id)), settled);
        Keyed(batch.Add(GenerationTables.For(ProblemSql, Generation.Id)), [.. failed.Select(f => f.Pending)]).With("problems", failed.Select(f => SafeText.Clean(f.Problem ?? "it was not encoded")));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return encoded.Count;
    }

    private static NpgsqlBatchCommand Keyed(NpgsqlBatchCommand command, IReadOnlyList<PendingDocument> of) => command
        .With("tenants", of.Select(p => p.Tenant)).With("ids", of.Select(p => p.Id)).With("entries", of.Select(p => p.Entry));

    private async Task CheckLeaseAsync(CareTransaction care, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        LeaseStore.AddCheck(batch, _lease.Lease);
        if (await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is null)
            throw new GenerationException($"Another program has taken over to fill generation {Generation.Id}.");
    }

    private async Task<Dictionary<DocumentKey, StoredContent>> ReadStateAsync(CareTransaction care, DocumentKey[] keys, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(GenerationTables.For(StateSql, Generation.Id)).With("tenants", keys.Select(k => k.Tenant)).With("ids", keys.Select(k => k.Id));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var stored = new Dictionary<DocumentKey, StoredContent>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var hash = reader.GetFieldValue<byte[]>(3);
            stored[new DocumentKey(reader.GetString(0), reader.GetString(1))] = new StoredContent(
                reader.GetBoolean(2), hash, !reader.IsDBNull(4) && hash.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(4)));
        }
        return stored;
    }

    private Task NoteFilledAsync(CancellationToken cancellationToken) => _retry.RunAsync("Noting that an index is filled", async token =>
    {
        await IndexGenerations.NoteFilledAsync(_sources, _options, Generation, token).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    private async Task<T> ExplainedAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw await IndexGenerations.ExplainMismatchAsync(_sources, Generation, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <param name="HasVectors">Of exactly this content, in the generation.</param>
    private readonly record struct StoredContent(bool Deleted, byte[] ContentHash, bool HasVectors);
}
