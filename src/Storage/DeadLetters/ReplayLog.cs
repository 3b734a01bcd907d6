using Microsoft.Extensions.Logging;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>
/// The dead letters that are to be ingested again, as a log. An entry is taken out of the dead letters by the transaction that appends it, and
/// deleted by the one that writes its outcome: at any moment a record is in exactly one place.
/// </summary>
public sealed class ReplayLog
{
    /// <summary>The second key of the advisory lock that orders appends before reads; see <see cref="TableLog{T}"/>.</summary>
    internal const int LockNumber = 7;

    /// <summary>Part of the write transaction, before the fence.</summary>
    internal const string DoneSql = "DELETE FROM uvlm.replay WHERE id >= @first AND id < @next";

    private const string Columns = """
        id, queued_at, group_id, log_id, topic, partition, log_offset, version, version_rule, collection, is_tombstone, key, payload, header_names,
        header_values, replays
        """;

    private const string Size = $"octet_length(payload)::bigint + octet_length(key) + {DeadLetterRows.HeaderBytes}";

    private readonly TableLog<ReplayedRecord> _log;
    private readonly RetryPolicy _retry;

    /// <param name="retryWindow">Its reader has nothing else to do than to wait for the database.</param>
    internal ReplayLog(DataSources sources, TimeSpan retryWindow, ILogger<ReplayLog> logger)
    {
        _log = new TableLog<ReplayedRecord>(sources, "uvlm.replay", Columns, Size, LockNumber, Read);
        _retry = new RetryPolicy(sources, retryWindow, logger);
    }

    /// <summary>Read once a store and not once a consumer group: a dead letter is one, whoever reads.</summary>
    public static LogPartition Partition { get; } = new("replay", "replay", "replay", 0);

    /// <summary>Entries after <paramref name="afterId"/> in order. None with an id up to the last one's can appear later.</summary>
    /// <param name="maxBytes">A page is held in memory whole: it ends once its records reach this, whatever the size of the first.</param>
    public Task<IReadOnlyList<ReplayedRecord>> ReadAsync(long afterId, int max, long maxBytes, CancellationToken cancellationToken)
        => _retry.RunAsync("Reading the replays", token => _log.ReadAsync(afterId, max, maxBytes, token), cancellationToken);

    private static ReplayedRecord Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero),
        new OriginalRecord(
            new LogPartition(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5)),
            reader.GetInt64(6),
            DeadLetterRows.Version(reader, 7),
            reader.GetFieldValue<byte[]>(11),
            reader.GetBoolean(10) ? default(ReadOnlyMemory<byte>?) : reader.GetFieldValue<byte[]>(12),
            DeadLetterRows.Headers(reader, 13))
        {
            Collection = DeadLetterRows.Text(reader, 9),
            Replays = reader.GetInt32(15),
        });
}
