using System.Globalization;
using Npgsql;

namespace UnifiedVlm.Storage.Data;

/// <summary>
/// A table that is read as a log, its ids being the offsets. Ids are drawn before the commit, so a reader could see 7 before 6 and never look for 6
/// again. Appenders hold an advisory lock shared from before they draw an id until they have committed; a reader that has held it exclusively for a
/// moment knows that no lower id is still to come.
/// </summary>
/// <param name="table">With its schema; has the column <c>id</c>.</param>
/// <param name="columns">What <paramref name="read"/> reads.</param>
/// <param name="size">In terms of its columns, the bytes that a row takes once it is read.</param>
/// <param name="lockNumber">The second key of its advisory lock; appenders use the same.</param>
internal sealed class TableLog<T>(DataSources sources, string table, string columns, string size, int lockNumber, Func<NpgsqlDataReader, T> read)
{
    private readonly string _anyNewSql = $"SELECT EXISTS (SELECT FROM {table} WHERE id > @after)";
    private readonly string _barrierSql = string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock(4990180, {lockNumber})");

    private readonly string _pageSql = $"""
        SELECT {columns}
        FROM (SELECT t.*, sum(t.bytes) OVER (ORDER BY t.id) - t.bytes AS bytes_before
            FROM (SELECT *, {size} AS bytes FROM {table} WHERE id > @after ORDER BY id LIMIT @max) t) page
        WHERE bytes_before < @max_bytes
        ORDER BY id
        """;

    /// <summary>Rows after <paramref name="afterId"/> in order, at most <paramref name="max"/>. None with an id up to the last one's can appear later.</summary>
    /// <param name="maxBytes">Ends the page once its records reach this: the first one comes whatever its size.</param>
    public async Task<IReadOnlyList<T>> ReadAsync(long afterId, int max, long maxBytes, CancellationToken cancellationToken)
    {
        await using var connection = await sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        // Most of the time there is nothing, and appenders need not be held up to learn that.
        await using (var any = new NpgsqlCommand(_anyNewSql, connection))
        {
            any.Parameters.AddWithValue("after", afterId);
            if (await any.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                return [];
        }
        // One batch is one transaction: the statement after the barrier sees what the barrier has waited for.
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(_barrierSql);
        batch.Add(_pageSql).With("after", (long?)afterId).With("max", max).With("max_bytes", (long?)maxBytes);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(read(reader));
        return rows;
    }
}
