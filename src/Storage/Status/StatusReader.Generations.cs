using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;

namespace UnifiedVlm.Storage.Status;

public sealed partial class StatusReader
{
    private const int ShownFailures = 3;

    private const string GenerationsSql = "SELECT id, fingerprint, dimension, state, created_at, filled_at, switched_at FROM uvlm.index_generation ORDER BY id";

    private const string ContentSql = """
        SELECT (SELECT count(*) FROM uvlm.packed_{g}),
            (SELECT count(*) FROM uvlm.generation_pending WHERE generation = {g} AND problem IS NULL),
            (SELECT count(problem) FROM uvlm.generation_pending WHERE generation = {g}),
            pg_total_relation_size('uvlm.part_vector_{g}') + pg_total_relation_size('uvlm.document_vector_{g}') + pg_total_relation_size('uvlm.packed_{g}')
        """;

    private const string FailuresSql = """
        SELECT tenant, id, problem FROM uvlm.generation_pending WHERE generation = {g} AND problem IS NOT NULL ORDER BY tenant, id LIMIT @max
        """;

    /// <summary>Every generation, oldest first. Counts its documents.</summary>
    public async Task<IReadOnlyList<GenerationSummary>> ReadGenerationsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _sources.Ingest.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = new List<GenerationSummary>();
        await using (var list = new NpgsqlCommand(GenerationsSql, connection))
        {
            await using var reader = await list.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var generation = new IndexGeneration(
                    reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2), Enum.Parse<GenerationState>(reader.GetString(3), ignoreCase: true));
                rows.Add(new GenerationSummary(generation, 0, 0, 0, [], 0, null, Time(reader, 4)!.Value, Time(reader, 5), Time(reader, 6)));
            }
        }
        var summaries = new List<GenerationSummary>();
        foreach (var row in rows)
        {
            if (await WithContentAsync(connection, row, cancellationToken).ConfigureAwait(false) is { } summary)
                summaries.Add(summary);
        }
        return summaries;
    }

    /// <returns>Null: it has been dropped since.</returns>
    private async Task<GenerationSummary?> WithContentAsync(NpgsqlConnection connection, GenerationSummary row, CancellationToken cancellationToken)
    {
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(GenerationTables.For(ContentSql, row.Generation.Id));
            batch.Add(GenerationTables.For(FailuresSql, row.Generation.Id)).With("max", ShownFailures);
            await using (var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                row = row with { Documents = reader.GetInt64(0), Pending = reader.GetInt64(1), Failed = reader.GetInt64(2), Bytes = reader.GetInt64(3) };
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                var failures = new List<FailedDocument>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    failures.Add(new FailedDocument(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
                row = row with { Failures = failures };
            }
            return row with { Index = await ReadIndexAsync(connection, row.Generation.Id, cancellationToken).ConfigureAwait(false) };
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return null;
        }
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column), TimeSpan.Zero);
}
