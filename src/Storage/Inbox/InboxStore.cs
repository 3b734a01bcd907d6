using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Storage.Inbox;

/// <summary>Takes what is pushed and gives it out again as a log, in an order that no late commit disturbs.</summary>
public sealed class InboxStore
{
    private const string AppendSql = """
        SELECT ids, duplicate, same FROM uvlm.inbox_append(@tenants, @document_ids, @content_types, @payloads, @key, @digest)
        """;

    private const string Columns = "id, tenant, idempotency_key, content_type, payload, received_at, status, local_version";

    // The lock of inbox_append; see the migration that makes it.
    private const int LockNumber = 1;

    // Before the rows are looked at: who draws for the same records waits here, and then finds them provided for. So versions rise with the ids, whoever reads.
    private const string DrawSql = "UPDATE uvlm.local_version SET next = next + @count";

    // A statement of its own: its snapshot is taken when the counter is ours. What an earlier program has finished it stored under a version that it did not keep: 0 is below
    // all that the counter has given, so that such a record is stored if nothing is, and replaces nothing.
    private const string AssignSql = """
        UPDATE uvlm.inbox i SET local_version = CASE WHEN i.status = 'received' THEN v.next - @count + k.place - 1 ELSE 0 END
        FROM uvlm.local_version v, unnest(@ids) WITH ORDINALITY AS k (id, place)
        WHERE i.id = k.id AND i.local_version IS NULL
        """;

    private const string VersionsSql = "SELECT id, local_version FROM uvlm.inbox WHERE id = ANY (@ids)";

    private const string FindSql = """
        SELECT id, document_id, status, outcome, version, dead_letter_id, dead_reason, dead_field, dead_detail, received_at, finished_at
        FROM uvlm.inbox WHERE tenant = @tenant AND id = @id
        """;

    // A range of the primary key, and no payload is read.
    private const string LoadSql = """
        SELECT count(*), coalesce(sum(octet_length(i.payload)), 0)::bigint FROM uvlm.inbox i
        WHERE i.id >= coalesce((
            SELECT o.next_offset FROM uvlm.ingest_offset o
            WHERE o.group_id = @group AND o.topic = @topic AND o.partition = @partition AND o.log_id = @log), 0)
        """;

    private readonly DataSources _sources;
    private readonly TableLog<(InboxRecord Record, bool HasVersion)> _log;
    private readonly RetryPolicy _retry;
    private readonly RetryPolicy _readRetry;

    /// <param name="retryWindow">For callers who wait for an answer.</param>
    /// <param name="readRetryWindow">For the source that reads the inbox as a log: like a writer it has nothing else to do than to wait for the database.</param>
    internal InboxStore(DataSources sources, TimeSpan retryWindow, TimeSpan readRetryWindow, ILogger<InboxStore> logger)
    {
        _sources = sources;
        _log = new TableLog<(InboxRecord Record, bool HasVersion)>(sources, "uvlm.inbox", Columns, "octet_length(payload)", LockNumber, Read);
        _retry = new RetryPolicy(sources, retryWindow, logger);
        _readRetry = new RetryPolicy(sources, readRetryWindow, logger);
    }

    /// <summary>Stores the records, all or none; when this returns they are committed.</summary>
    /// <param name="pushes">At least one, in the order in which they are to be taken up.</param>
    /// <param name="idempotencyKey">Unique within the first one's tenant; a second push with it adds nothing. Null: every push counts.</param>
    /// <param name="digest">SHA-256 of everything sent: tells a repetition from another push under the same key.</param>
    public async Task<InboxReceipt> AppendAsync(
        IReadOnlyList<InboxPush> pushes, string? idempotencyKey, ReadOnlyMemory<byte> digest, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pushes.Count);
        // Without a key a repeated attempt after a lost answer would add the records twice, so it is made once and the sender decides.
        return idempotencyKey is null
            ? await AppendOnceAsync(pushes, null, digest, cancellationToken).ConfigureAwait(false)
            : await _retry.RunAsync(
                "Appending to the inbox", token => AppendOnceAsync(pushes, idempotencyKey, digest, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records after <paramref name="afterId"/> in order, with versions that rise likewise. None with an id up to the last one's can appear later.</summary>
    /// <param name="maxBytes">Ends the page once its payloads reach this: it holds at most one record more.</param>
    public Task<IReadOnlyList<InboxRecord>> ReadAsync(long afterId, int max, long maxBytes, CancellationToken cancellationToken)
        => _readRetry.RunAsync("Reading the inbox", token => ReadOnceAsync(afterId, max, maxBytes, token), cancellationToken);

    /// <summary>What became of a record.</summary>
    /// <returns>Null: no such record of this tenant, or it was finished so long ago that it is forgotten.</returns>
    public async Task<PushOutcome?> FindAsync(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var transaction = await TenantTransaction.OpenAsync(_sources.App, tenant, cancellationToken).ConfigureAwait(false);
        await using var batch = transaction.Batch();
        batch.Add(FindSql).With("tenant", tenant).With("id", (long?)id);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? Outcome(reader) : null;
    }

    /// <summary>What the group has not taken up yet. Looks at each waiting record, so it is for once in a while.</summary>
    public async Task<InboxLoad> LoadAsync(string group, CancellationToken cancellationToken)
    {
        var log = InboxLog.Of(group);
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LoadSql).With("group", log.GroupId).With("topic", log.Topic).With("partition", log.Partition).With("log", log.LogId);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new InboxLoad(reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<InboxReceipt> AppendOnceAsync(
        IReadOnlyList<InboxPush> pushes, string? key, ReadOnlyMemory<byte> digest, CancellationToken cancellationToken)
    {
        // One statement that commits by itself: a client that stops can't hold the lock of inbox_append.
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(AppendSql)
            .With("tenants", pushes.Select(static p => p.Tenant)).With("document_ids", pushes.Select(static p => p.DocumentId))
            .With("content_types", pushes.Select(static p => p.ContentType)).With("payloads", pushes.Select(static p => p.Payload))
            .With("key", key).With("digest", digest);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new InboxReceipt(reader.GetFieldValue<long[]>(0), reader.GetBoolean(1), reader.GetBoolean(2));
    }

    private async Task<IReadOnlyList<InboxRecord>> ReadOnceAsync(long afterId, int max, long maxBytes, CancellationToken cancellationToken)
    {
        var page = await _log.ReadAsync(afterId, max, maxBytes, cancellationToken).ConfigureAwait(false);
        var unread = page.Where(static row => !row.HasVersion).Select(static row => row.Record.Id).ToArray();
        if (unread.Length == 0)
            return [.. page.Select(static row => row.Record)];
        // After the page was read: whatever was stored before these were pushed, by whomever, has a lower version. One that is missing was erased meanwhile.
        var versions = await DrawVersionsAsync(unread, cancellationToken).ConfigureAwait(false);
        return
        [
            .. page.Where(row => row.HasVersion || versions.ContainsKey(row.Record.Id))
                .Select(row => row.HasVersion ? row.Record : row.Record with { LocalVersion = versions[row.Record.Id] }),
        ];
    }

    /// <param name="ids">In their order.</param>
    private async Task<Dictionary<long, long>> DrawVersionsAsync(long[] ids, CancellationToken cancellationToken)
    {
        // One batch is one transaction: a version that is given is kept.
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(DrawSql).With("count", (long?)ids.Length);
        batch.Add(AssignSql).With("count", (long?)ids.Length).With("ids", ids);
        batch.Add(VersionsSql).With("ids", ids);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var versions = new Dictionary<long, long>(ids.Length);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            versions.Add(reader.GetInt64(0), reader.GetInt64(1));
        return versions;
    }

    private static (InboxRecord Record, bool HasVersion) Read(NpgsqlDataReader reader)
    {
        var hasVersion = !reader.IsDBNull(7);
        return (
            new InboxRecord(
                reader.GetInt64(0), reader.GetString(1), Text(reader, 2), reader.GetString(3), reader.GetFieldValue<byte[]>(4), Time(reader, 5)!.Value, Status(reader, 6),
                hasVersion ? reader.GetInt64(7) : 0),
            hasVersion);
    }

    private static PushOutcome Outcome(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), Text(reader, 1), Status(reader, 2),
        Text(reader, 3) is { } outcome ? Enum.Parse<Ingest.RecordResult>(outcome, ignoreCase: true) : null,
        reader.IsDBNull(4) ? null : reader.GetInt64(4),
        reader.IsDBNull(5) ? null : new PushDeadLetter(reader.GetInt64(5), reader.GetString(6), Text(reader, 7), Text(reader, 8)),
        Time(reader, 9)!.Value, Time(reader, 10));

    private static InboxStatus Status(NpgsqlDataReader reader, int column) => Enum.Parse<InboxStatus>(reader.GetString(column), ignoreCase: true);

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column)
        => reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column), TimeSpan.Zero);
}
