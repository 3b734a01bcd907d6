using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Care.Retention;
using UnifiedVlm.Storage.Cluster;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Outbox;

/// <summary>
/// The events that wait to be published, shard by shard. Ids are drawn before their transactions commit, so there is no position in this table: an event is published when it
/// says so itself. Those of one document are written under its row's lock, in the order of their sequence, which within a slot is the order of ids.
/// </summary>
public sealed class OutboxStore
{
    /// <summary>Of the leases of whoever publishes a shard; its number follows.</summary>
    public const string LeasePrefix = "outbox/";

    // Asked first: an insert that changes nothing would still write.
    private const string StreamSql = "SELECT id, shards, sequence_base FROM uvlm.event_stream";
    private const string MakeStreamSql = "INSERT INTO uvlm.event_stream (shards) VALUES (@shards) ON CONFLICT DO NOTHING";

    // Whoever publishes has read the stream under a lease: he loses it, marks nothing any more, and reads the stream again with the next one.
    private const string FenceSql = "UPDATE uvlm.lease SET epoch = epoch + 1, expires_at = least(expires_at, clock_timestamp()) WHERE starts_with(name, @prefix)";

    // Nobody takes a shard's very first lease meanwhile, which the fence would not see.
    private const string LockLeasesSql = "LOCK TABLE uvlm.lease IN SHARE ROW EXCLUSIVE MODE";

    // By the clock: the backup does not know what was published after it, nor whether it has been restored before. As JSON numbers they are exact until the year 2242.
    private const string BeginAnewSql = """
        UPDATE uvlm.event_stream SET id = gen_random_uuid(),
            sequence_base = greatest(sequence_base + @step, extract(epoch FROM clock_timestamp())::bigint * @step)
        """;

    // More changes than a document sees in a second.
    private const long SequenceStep = 1L << 20;

    // Slot by slot, so that the index gives each in order, whatever the backlog.
    private const string ReadSql = """
        SELECT o.id, o.type, o.tenant, o.document_id, o.sequence, o.data::text, o.created_at
        FROM unnest(@slots) AS s (slot)
        CROSS JOIN LATERAL (
            SELECT u.* FROM uvlm.outbox u
            WHERE u.slot = s.slot AND u.published_at IS NULL
            ORDER BY u.id LIMIT @max) o
        ORDER BY o.id LIMIT @max
        """;

    private const string MarkSql = "UPDATE uvlm.outbox SET published_at = now() WHERE id = ANY (@ids) AND published_at IS NULL";

    private const string StatusSql = """
        SELECT (SELECT count(*) FROM (SELECT FROM uvlm.outbox WHERE published_at IS NULL LIMIT @limit) AS waiting), (
            SELECT clock_timestamp() - min(o.created_at) FROM generate_series(0, 63) AS s (slot)
            CROSS JOIN LATERAL (SELECT u.created_at FROM uvlm.outbox u WHERE u.slot = s.slot AND u.published_at IS NULL ORDER BY u.id LIMIT 1) o), (
            SELECT coalesce(max(total), 0) FROM uvlm.retention WHERE rule = @rule)
        """;

    private readonly DataSources _sources;
    private readonly StoreOptions _options;
    private readonly BoundedCalls _calls;

    internal OutboxStore(DataSources sources, StoreOptions options, ILogger<OutboxStore> logger)
        => (_sources, _options, _calls) = (sources, options, new BoundedCalls(logger));

    /// <summary>The database's stream, made on the first call.</summary>
    /// <param name="shards">Where it is made; one that is there keeps its own.</param>
    public Task<EventStream> OpenAsync(int shards, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shards, EventStream.MaxShards);
        return _calls.RunAsync("Opening the stream of events", token => OpenOnceAsync(shards, token), cancellationToken);
    }

    /// <summary>
    /// After a restore: the database's events get another source, so that none has the name of one that was published after the backup, and sequences above all that were
    /// published before. Publishers may go on; what they have not marked yet they publish again.
    /// </summary>
    public async Task<EventStream> BeginAnewAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(EventStream.DefaultShards, cancellationToken).ConfigureAwait(false);
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false))
        await using (var batch = new NpgsqlBatch(connection, transaction))
        {
            batch.Add(LockLeasesSql);
            batch.Add(FenceSql).With("prefix", LeasePrefix);
            batch.Add(BeginAnewSql).With("step", (long?)SequenceStep);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        return (await FindAsync(connection, cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>The first events of a shard that are not published, those of a document in order.</summary>
    /// <param name="maxBytes">Of data; one event is read however large it is.</param>
    public Task<IReadOnlyList<PendingEvent>> ReadAsync(EventStream stream, int shard, int maxRows, long maxBytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return _calls.RunAsync("Reading events to publish", token => ReadOnceAsync(stream, shard, maxRows, maxBytes, token), cancellationToken);
    }

    /// <summary>Notes that events are published. Where it is not known whether that counts, they are published once more.</summary>
    /// <exception cref="LeaseLostException">Another has the shard; nothing is noted.</exception>
    public Task MarkAsync(Lease lease, IReadOnlyList<PendingEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _calls.RunAsync("Marking events as published", token => MarkOnceAsync(lease, events, token), cancellationToken);
    }

    public Task<OutboxStatus> ReadStatusAsync(CancellationToken cancellationToken) => _calls.RunAsync("Looking at the outbox", ReadStatusOnceAsync, cancellationToken);

    private async Task<EventStream> OpenOnceAsync(int shards, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (await FindAsync(connection, cancellationToken).ConfigureAwait(false) is { } found)
            return found;
        await using (var batch = new NpgsqlBatch(connection))
        {
            batch.Add(MakeStreamSql).With("shards", shards);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        return (await FindAsync(connection, cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<IReadOnlyList<PendingEvent>> ReadOnceAsync(EventStream stream, int shard, int maxRows, long maxBytes, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(ReadSql).With("slots", stream.SlotsOf(shard)).With("max", maxRows);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var events = new List<PendingEvent>();
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var data = Encoding.UTF8.GetBytes(reader.GetString(5));
            bytes += data.Length;
            if (events.Count > 0 && bytes > maxBytes)
                break;
            events.Add(new PendingEvent(
                reader.GetInt64(0), reader.GetString(1), Text(reader, 2), Text(reader, 3), reader.IsDBNull(4) ? null : reader.GetInt64(4), data,
                new DateTimeOffset(reader.GetDateTime(6), TimeSpan.Zero)));
        }
        return events;
    }

    private async Task MarkOnceAsync(Lease lease, IReadOnlyList<PendingEvent> events, CancellationToken cancellationToken)
    {
        await using var transaction = await LeasedTransaction.BeginAsync(_sources, _options, lease, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(transaction.Connection);
        batch.Add(MarkSql).With("ids", events.Select(static e => e.Id));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<OutboxStatus> ReadStatusOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(StatusSql).With("limit", OutboxStatus.CountLimit).With("rule", nameof(RetentionRule.UnpublishedEvents));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new OutboxStatus(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<TimeSpan>(1), reader.GetInt64(2));
    }

    private static async Task<EventStream?> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(StreamSql);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new EventStream(reader.GetGuid(0), reader.GetInt32(1)) { SequenceBase = reader.GetInt64(2) }
            : null;
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
