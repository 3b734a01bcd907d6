using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Inbox;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Storage.Status;

namespace UnifiedVlm.Storage.Cluster;

/// <summary>Looks at a whole cluster, for once in a while: what waits is counted row by row.</summary>
internal static class ClusterReader
{
    private const string ClockSql = "SELECT clock_timestamp()";
    private const string LeasesSql = "SELECT name, owner, epoch, expires_at - clock_timestamp() FROM uvlm.lease ORDER BY name";

    private const string OffsetsSql = """
        SELECT group_id, log_id, topic, partition, next_offset, owner, epoch, updated_at FROM uvlm.ingest_offset ORDER BY group_id, topic, partition
        """;

    // A group that has never read the inbox has no row, and nothing waits for it.
    private const string InboxSql = """
        SELECT o.group_id, count(i.id), coalesce(sum(octet_length(i.payload)), 0)::bigint
        FROM uvlm.ingest_offset o LEFT JOIN uvlm.inbox i ON i.id >= coalesce(o.next_offset, 0)
        WHERE o.log_id = @log AND o.topic = @log GROUP BY o.group_id
        """;

    private const string DeadSql = "SELECT count(*), count(*) FILTER (WHERE created_at > now() - interval '1 hour') FROM uvlm.dead_letter";
    private const string EventsSql = "SELECT count(*), coalesce(now() - min(created_at), interval '0') FROM uvlm.outbox WHERE published_at IS NULL";
    private const string GenerationsSql = "SELECT id, fingerprint, dimension, state FROM uvlm.index_generation ORDER BY id";

    public static async Task<ClusterSnapshot> ReadAsync(DataSources sources, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var (difference, took) = await CompareClocksAsync(connection, time, cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(MemberStore.ListAllSql);
        batch.Add(LeasesSql);
        batch.Add(OffsetsSql);
        batch.Add(InboxSql).With("log", InboxLog.Name);
        batch.Add(DeadSql);
        batch.Add(EventsSql);
        batch.Add(GenerationsSql);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var members = await MemberStore.ReadAsync(reader, cancellationToken).ConfigureAwait(false);
        var leases = await NextAsync(reader, static r => new HeldLease(new Lease(r.GetString(0), r.GetString(1), r.GetInt64(2)), r.GetFieldValue<TimeSpan>(3)), cancellationToken)
            .ConfigureAwait(false);
        var offsets = await NextAsync(reader, ReadOffset, cancellationToken).ConfigureAwait(false);
        var inbox = await NextAsync(reader, static r => (Group: r.GetString(0), Load: new InboxLoad(r.GetInt64(1), r.GetInt64(2))), cancellationToken).ConfigureAwait(false);
        var dead = (await NextAsync(reader, static r => (All: r.GetInt64(0), Recent: r.GetInt64(1)), cancellationToken).ConfigureAwait(false))[0];
        var events = (await NextAsync(reader, static r => new WaitingEvents(r.GetInt64(0), r.GetFieldValue<TimeSpan>(1)), cancellationToken).ConfigureAwait(false))[0];
        var generations = await NextAsync(
            reader, static r => new IndexGeneration(r.GetInt32(0), r.GetString(1), r.GetInt32(2), Enum.Parse<GenerationState>(r.GetString(3), ignoreCase: true)), cancellationToken).ConfigureAwait(false);
        return new ClusterSnapshot(members, leases, offsets, inbox.ToDictionary(static i => i.Group, static i => i.Load), dead.All, dead.Recent, events, generations, difference, took);
    }

    private static async Task<(TimeSpan Difference, TimeSpan Took)> CompareClocksAsync(NpgsqlConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ClockSql, connection);
        var (before, began) = (time.GetUtcNow(), time.GetTimestamp());
        var theirs = new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!, TimeSpan.Zero);
        var took = time.GetElapsedTime(began);
        return (theirs - (before + (took / 2)), took);
    }

    private static OffsetStatus ReadOffset(NpgsqlDataReader reader) => new(
        new LogPartition(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3)),
        reader.IsDBNull(4) ? null : reader.GetInt64(4), reader.GetString(5), reader.GetInt64(6), new DateTimeOffset(reader.GetDateTime(7), TimeSpan.Zero));

    private static async Task<IReadOnlyList<T>> NextAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(read(reader));
        return rows;
    }
}
