using Npgsql;
using UnifiedVlm.Storage.Data;

namespace UnifiedVlm.Storage.Suspects;

/// <summary>Keeps what the processes that died had in work, for whoever reads those records next.</summary>
public sealed class SuspectStore
{
    // In the order of the key, so that two reports can't block each other.
    private const string ReportSql = """
        INSERT INTO uvlm.suspect AS s (group_id, log_id, topic, partition, identity, is_offset, deaths, report)
        SELECT r.group_id, r.log_id, r.topic, r.partition, r.identity, r.is_offset, max(r.alone), @report
        FROM unnest(@groups, @logs, @topics, @partitions, @identities, @offsets, @alone)
            AS r (group_id, log_id, topic, partition, identity, is_offset, alone)
        GROUP BY 1, 2, 3, 4, 5, 6
        ORDER BY r.group_id COLLATE "C", r.topic COLLATE "C", r.partition, r.log_id, r.is_offset, r.identity
        ON CONFLICT (group_id, topic, partition, log_id, is_offset, identity) DO UPDATE
            SET deaths = s.deaths + excluded.deaths, report = excluded.report, reported_at = now()
            WHERE s.report <> excluded.report
        """;

    // Hashes never fall behind a position. A record that nobody sent again for so long is not coming.
    private const string ForgetOldSql = "DELETE FROM uvlm.suspect WHERE reported_at < now() - interval '30 days'";

    private readonly DataSources _sources;
    private readonly RetryPolicy _retry;

    internal SuspectStore(DataSources sources, RetryPolicy retry)
    {
        _sources = sources;
        _retry = retry;
    }

    public Task ReportAsync(SuspectReport report, CancellationToken cancellationToken)
        => _retry.RunAsync("Reporting what a dead process had in work", async token =>
        {
            await using var connection = await _sources.Ingest.OpenConnectionAsync(token).ConfigureAwait(false);
            await using var batch = new NpgsqlBatch(connection);
            var records = report.Records;
            batch.Add(ReportSql).With("report", report.Id)
                .With("groups", records.Select(static r => r.Partition.GroupId).ToArray())
                .With("logs", records.Select(static r => r.Partition.LogId).ToArray())
                .With("topics", records.Select(static r => r.Partition.Topic).ToArray())
                .With("partitions", records.Select(static r => r.Partition.Partition).ToArray())
                .With("identities", records.Select(static r => r.Identity.Value).ToArray())
                .With("offsets", records.Select(static r => r.Identity.IsOffset).ToArray())
                .With("alone", records.Select(static r => r.WasAlone ? 1 : 0).ToArray());
            batch.Add(ForgetOldSql);
            return await batch.ExecuteNonQueryAsync(token).ConfigureAwait(false);
        }, cancellationToken);
}
