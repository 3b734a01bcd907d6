using System.Globalization;
using Npgsql;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>
/// Some group stands behind every record that a document came from: both were written in one transaction. Remembers the newest record a log, as many
/// as there are positions.
/// </summary>
internal sealed class PositionCheck
{
    private const string OffsetsSql = "SELECT group_id, log_id, topic, partition, next_offset, epoch FROM uvlm.ingest_offset ORDER BY group_id, topic, partition";

    private readonly Dictionary<LogPartition, List<(string Group, long? Next)>> _positions = [];
    private readonly Dictionary<LogPartition, (long Offset, DocumentKey Key)> _newest = [];

    /// <summary>How many positions there are.</summary>
    public int Count { get; private set; }

    /// <returns>Positions that are impossible by themselves.</returns>
    public async Task<List<Finding>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        await using var command = new NpgsqlCommand(OffsetsSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        for (; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); Count++)
        {
            var (group, log) = (reader.GetString(0), new LogPartition("", reader.GetString(1), reader.GetString(2), reader.GetInt32(3)));
            var next = reader.IsDBNull(4) ? (long?)null : reader.GetInt64(4);
            if (next < 0 || reader.GetInt64(5) < 1)
            {
                findings.Add(new Finding(FindingKind.Position, null, null, string.Create(
                    CultureInfo.InvariantCulture, $"group {group} stands at {next} in {log.Topic}/{log.Partition} with epoch {reader.GetInt64(5)}"),
                    "restore the position from a backup, or delete its row to read the log from its beginning"));
            }
            if (!_positions.TryGetValue(log, out var groups))
                _positions[log] = groups = [];
            groups.Add((group, next));
        }
        return findings;
    }

    public void Take(DocumentKey key, DocumentFacts document)
    {
        if (_positions.ContainsKey(document.Source) && (!_newest.TryGetValue(document.Source, out var newest) || newest.Offset < document.SourceOffset))
            _newest[document.Source] = (document.SourceOffset, key);
    }

    /// <summary>After all documents. A group that has not written yet says nothing, and a log without a position is one that was given up.</summary>
    public IEnumerable<Finding> Judge()
    {
        foreach (var (log, (offset, key)) in _newest)
        {
            var furthest = _positions[log].MaxBy(static p => p.Next ?? -1);
            if (furthest.Next is { } next && next <= offset)
            {
                yield return new Finding(FindingKind.Position, key.Tenant, key.Id, string.Create(CultureInfo.InvariantCulture,
                    $"group {furthest.Group} stands at {next} in {log.Topic}/{log.Partition}, the document came from the record at {offset}"),
                    "let ingestion go on: it reads those records again, and the newest version of each document stays");
            }
        }
    }
}
