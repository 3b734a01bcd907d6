using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.DeadLetters;

/// <summary>Looks at what could not be ingested. For the operator: it sees all tenants, and records that never had one.</summary>
public sealed class DeadLetterStore
{
    private const string Columns = """
        SELECT id, created_at, group_id, log_id, topic, partition, log_offset, stage, reason, field, error_chain, tenant, document_id, key, payload,
            header_names, header_values
        FROM uvlm.dead_letter
        """;

    private const string ListSql = Columns + " WHERE id > @after AND (@tenant IS NULL OR tenant = @tenant) ORDER BY id LIMIT @max";
    private const string FindSql = Columns + " WHERE id = @id";

    private readonly DataSources _sources;

    internal DeadLetterStore(DataSources sources) => _sources = sources;

    /// <summary>Oldest first, from after <paramref name="afterId"/>.</summary>
    /// <param name="tenant">Only this tenant's; null is everything.</param>
    public async Task<IReadOnlyList<StoredDeadLetter>> ListAsync(string? tenant, long afterId, int max, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(ListSql).With("after", (long?)afterId).With("tenant", tenant).With("max", max);
        return await ReadAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Null: there is no such dead letter.</returns>
    public async Task<StoredDeadLetter?> FindAsync(long id, CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(FindSql).With("id", (long?)id);
        return (await ReadAsync(batch, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
    }

    private static async Task<List<StoredDeadLetter>> ReadAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var letters = new List<StoredDeadLetter>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            letters.Add(Read(reader));
        return letters;
    }

    private static StoredDeadLetter Read(NpgsqlDataReader reader)
    {
        var names = reader.GetFieldValue<string[]>(15);
        var values = reader.GetFieldValue<byte[][]>(16);
        var headers = names.Zip(values, static (n, v) => new KeyValuePair<string, byte[]>(n, v)).ToArray();
        var letter = new DeadLetter(
            reader.GetInt64(6), reader.GetString(7), reader.GetString(8), Text(reader, 9), reader.GetString(10), Text(reader, 11), Text(reader, 12),
            reader.GetFieldValue<byte[]>(13), reader.GetFieldValue<byte[]>(14), headers);
        var partition = new LogPartition(reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetInt32(5));
        return new StoredDeadLetter(reader.GetInt64(0), new DateTimeOffset(reader.GetDateTime(1), TimeSpan.Zero), partition, letter);
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
