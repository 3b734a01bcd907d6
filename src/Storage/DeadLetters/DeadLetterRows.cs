using Npgsql;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>Rows of <c>dead_letter</c>, and what <c>replay</c> has in common with them.</summary>
internal static class DeadLetterRows
{
    /// <summary>A lost range has no bytes, and a record that was cut off is not what was sent.</summary>
    public const string IsReplayable = "stage <> 'source' AND is_whole";

    public const string SummaryColumns =
        $"id, created_at, group_id, log_id, topic, partition, log_offset, tenant, document_id, stage, reason, field, "
        + $"CASE WHEN stage = '{RangeResolver.Stage}' THEN nullif(error_chain, '') END, octet_length(payload), replays, {IsReplayable}";

    public const string Columns =
        SummaryColumns + ", error_chain, key, payload, header_names, header_values, version, version_rule, collection, is_tombstone, is_whole";

    /// <summary>What the headers take once they are read: not packed, as pg_column_size has them, and 96 bytes of objects for each, however short it is.</summary>
    public const string HeaderBytes =
        "(SELECT coalesce(sum(96 + octet_length(h.name) + octet_length(h.value)), 0)::bigint FROM unnest(header_names, header_values) AS h (name, value))";

    public static DeadLetterSummary Summary(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero),
        new LogPartition(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5)),
        reader.GetInt64(6), Text(reader, 7), Text(reader, 8), reader.GetString(9), reader.GetString(10), Text(reader, 11), Text(reader, 12), reader.GetInt32(13),
        reader.GetInt32(14), reader.GetBoolean(15));

    public static StoredDeadLetter Letter(NpgsqlDataReader reader)
    {
        var summary = Summary(reader);
        var (key, payload, headers) = (reader.GetFieldValue<byte[]>(17), reader.GetFieldValue<byte[]>(18), Headers(reader, 19));
        var isTombstone = reader.GetBoolean(24);
        var original = new OriginalRecord(
            summary.Partition, summary.Offset, Version(reader, 21), key, isTombstone ? default(ReadOnlyMemory<byte>?) : payload, headers)
        {
            Collection = Text(reader, 23),
            IsWhole = reader.GetBoolean(25),
            Replays = summary.Replays,
        };
        var letter = new DeadLetter(
            summary.Offset, summary.Stage, summary.Reason, summary.Field, reader.GetString(16), summary.Tenant, summary.DocumentId, key, payload, headers)
        {
            Original = original,
            IsTombstone = isTombstone,
        };
        return new StoredDeadLetter(summary, letter);
    }

    public static DocumentVersion? Version(NpgsqlDataReader reader, int column)
        => reader.IsDBNull(column) ? null : new DocumentVersion(reader.GetInt64(column), reader.GetString(column + 1));

    public static KeyValuePair<string, byte[]>[] Headers(NpgsqlDataReader reader, int column)
        => [.. reader.GetFieldValue<string[]>(column).Zip(reader.GetFieldValue<byte[][]>(column + 1), KeyValuePair.Create)];

    public static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
