using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>No event is ahead of its document: a consumer would take the document's next changes for old ones.</summary>
internal static class EventCheck
{
    private const int PageRows = 5000;

    private const string EndSql = "SELECT max(id), count(*) FROM (SELECT id FROM uvlm.outbox WHERE id > @after ORDER BY id LIMIT @max) AS page";

    private const string AheadSql = """
        SELECT o.tenant, o.document_id, max(o.sequence), d.sequence
        FROM uvlm.outbox o JOIN uvlm.document d ON d.tenant = o.tenant AND d.id = o.document_id
        WHERE o.id > @after AND o.id <= @end AND o.sequence > d.sequence
        GROUP BY o.tenant, o.document_id, d.sequence ORDER BY o.tenant, o.document_id
        """;

    private const string RaiseSql = """
        UPDATE uvlm.document d SET sequence = o.sequence
        FROM (SELECT max(sequence) AS sequence FROM uvlm.outbox WHERE tenant = @tenant AND document_id = @id) o
        WHERE d.tenant = @tenant AND d.id = @id AND o.sequence > d.sequence
        """;

    /// <returns>The page's findings, its last id and its length; null for an id after the last page.</returns>
    public static async Task<(List<Finding> Findings, long? End, long Count)> NextAsync(NpgsqlConnection connection, long after, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        await using var bounds = new NpgsqlBatch(connection);
        bounds.Add(EndSql).With("after", (long?)after).With("max", PageRows);
        long? end;
        long count;
        await using (var reader = await bounds.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            (end, count) = (reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetInt64(1));
        }
        if (end is null)
            return (findings, null, 0);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(AheadSql).With("after", (long?)after).With("end", end);
        await using var rows = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            findings.Add(new Finding(FindingKind.Event, rows.GetString(0), rows.GetString(1), string.Create(
                CultureInfo.InvariantCulture, $"an event has sequence {rows.GetInt64(2)}, the document {rows.GetInt64(3)}")));
        }
        return (findings, end, count);
    }

    /// <summary>The document goes on counting after its last event.</summary>
    public static async Task<Finding> RepairAsync(DataSources sources, StoreOptions options, Finding finding, CancellationToken cancellationToken)
    {
        await using var care = await CareTransaction.BeginAsync(sources, options, cancellationToken).ConfigureAwait(false);
        await care.LockAsync([new DocumentKey(finding.Tenant!, finding.Id!)], cancellationToken).ConfigureAwait(false);
        await using var batch = new NpgsqlBatch(care.Connection);
        batch.Add(RaiseSql).With("tenant", finding.Tenant).With("id", finding.Id);
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await care.CommitAsync(cancellationToken).ConfigureAwait(false);
        return finding with { Done = "the document's sequence was raised to it" };
    }
}
