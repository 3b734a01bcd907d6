using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Storage.Inbox;

/// <summary>Takes what is pushed and gives it out again as a log, in an order that no late commit disturbs.</summary>
public sealed class InboxStore
{
    private const string AppendSql = "SELECT id, duplicate, same FROM uvlm.inbox_append(@tenant, @key, @content_type, @payload)";

    // Waits until everybody who has drawn an id has committed; see the migration that makes inbox_append.
    private const string BarrierSql = "SELECT pg_advisory_xact_lock(4990180, 1)";

    private const string Columns = "SELECT id, tenant, idempotency_key, content_type, payload, received_at, status FROM uvlm.inbox";
    private const string ReadSql = Columns + " WHERE id > @after ORDER BY id LIMIT @max";
    private const string FindSql = Columns + " WHERE tenant = @tenant AND id = @id";
    private const string AnyNewSql = "SELECT EXISTS (SELECT FROM uvlm.inbox WHERE id > @after)";

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;
    private readonly RetryPolicy _readRetry;

    /// <param name="retryWindow">For callers who wait for an answer.</param>
    /// <param name="readRetryWindow">For the source that reads the inbox as a log: like a writer it has nothing else to do than to wait for the database.</param>
    internal InboxStore(DataSources sources, TimeSpan retryWindow, TimeSpan readRetryWindow, ILogger<InboxStore> logger)
    {
        _sources = sources;
        _retry = new RetryPolicy(retryWindow, logger);
        _readRetry = new RetryPolicy(readRetryWindow, logger);
    }

    /// <summary>Stores the record; when this returns it is committed.</summary>
    /// <param name="idempotencyKey">Unique within the tenant; a second push with it adds nothing. Null: every push counts.</param>
    public async Task<InboxReceipt> AppendAsync(
        string tenant, string? idempotencyKey, string contentType, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        // Without a key a repeated attempt after a lost answer would add the record twice, so it is made once and the sender decides.
        return idempotencyKey is null
            ? await AppendOnceAsync(tenant, null, contentType, payload, cancellationToken).ConfigureAwait(false)
            : await _retry.RunAsync(
                "Appending to the inbox", token => AppendOnceAsync(tenant, idempotencyKey, contentType, payload, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records after <paramref name="afterId"/> in order. None with an id up to the last one's can appear later.</summary>
    public Task<IReadOnlyList<InboxRecord>> ReadAsync(long afterId, int max, CancellationToken cancellationToken)
        => _readRetry.RunAsync("Reading the inbox", token => ReadOnceAsync(afterId, max, token), cancellationToken);

    /// <returns>Null: no such record of this tenant.</returns>
    public async Task<InboxRecord?> FindAsync(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(FindSql).With("tenant", tenant).With("id", (long?)id);
        return (await ReadAsync(batch, skipFirst: true, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
    }

    private async Task<IReadOnlyList<InboxRecord>> ReadOnceAsync(long afterId, int max, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (var any = new NpgsqlCommand(AnyNewSql, connection))
        {
            any.Parameters.AddWithValue("after", afterId);
            if (await any.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                return [];
        }
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(BarrierSql);
        batch.Add(ReadSql).With("after", (long?)afterId).With("max", max);
        return await ReadAsync(batch, skipFirst: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<InboxReceipt> AppendOnceAsync(
        string tenant, string? key, string contentType, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        // One statement that commits by itself: a client that stops can't hold the lock of inbox_append.
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(AppendSql).With("tenant", tenant).With("key", key).With("content_type", contentType).With("payload", payload);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new InboxReceipt(reader.GetInt64(0), reader.GetBoolean(1), reader.GetBoolean(2));
    }

    private static async Task<List<InboxRecord>> ReadAsync(NpgsqlBatch batch, bool skipFirst, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (skipFirst)
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var records = new List<InboxRecord>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            records.Add(new InboxRecord(
                reader.GetInt64(0), reader.GetString(1), await reader.IsDBNullAsync(2, cancellationToken).ConfigureAwait(false) ? null : reader.GetString(2),
                reader.GetString(3), reader.GetFieldValue<byte[]>(4), new DateTimeOffset(reader.GetDateTime(5), TimeSpan.Zero),
                Enum.Parse<InboxStatus>(reader.GetString(6), ignoreCase: true)));
        }
        return records;
    }
}
