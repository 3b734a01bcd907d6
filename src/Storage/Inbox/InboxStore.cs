using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Storage.Inbox;

/// <summary>Takes what is pushed and gives it out again as a log, in an order that no late commit disturbs.</summary>
public sealed class InboxStore
{
    private const string AppendSql = "SELECT id, duplicate, same FROM uvlm.inbox_append(@tenant, @key, @content_type, @payload)";

    private const string Columns = "id, tenant, idempotency_key, content_type, payload, received_at, status";
    private const string FindSql = $"SELECT {Columns} FROM uvlm.inbox WHERE tenant = @tenant AND id = @id";

    // The lock of inbox_append; see the migration that makes it.
    private const int LockNumber = 1;

    private readonly DataSources _sources;
    private readonly TableLog<InboxRecord> _log;
    private readonly RetryPolicy _retry;
    private readonly RetryPolicy _readRetry;

    /// <param name="retryWindow">For callers who wait for an answer.</param>
    /// <param name="readRetryWindow">For the source that reads the inbox as a log: like a writer it has nothing else to do than to wait for the database.</param>
    internal InboxStore(DataSources sources, TimeSpan retryWindow, TimeSpan readRetryWindow, ILogger<InboxStore> logger)
    {
        _sources = sources;
        _log = new TableLog<InboxRecord>(sources, "uvlm.inbox", Columns, LockNumber, Read);
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
        => _readRetry.RunAsync("Reading the inbox", token => _log.ReadAsync(afterId, max, token), cancellationToken);

    /// <returns>Null: no such record of this tenant.</returns>
    public async Task<InboxRecord?> FindAsync(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(FindSql).With("tenant", tenant).With("id", (long?)id);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? Read(reader) : null;
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

    private static InboxRecord Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetString(3), reader.GetFieldValue<byte[]>(4),
        new DateTimeOffset(reader.GetDateTime(5), TimeSpan.Zero), Enum.Parse<InboxStatus>(reader.GetString(6), ignoreCase: true));
}
